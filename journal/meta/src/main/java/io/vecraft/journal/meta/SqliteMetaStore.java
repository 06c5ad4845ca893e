package io.vecraft.journal.meta;

import io.vecraft.journal.meta.Transaction.Change;
import io.vecraft.journal.meta.Transaction.Condition;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * A {@link MetaStore} in one SQLite file (WAL, synchronous=normal: a crash of the machine may lose
 * the newest transactions, never the order of them; the projection then goes on from the older
 * offset).
 *
 * <p>One connection under one lock: the store is small and off every hot path. Watch listeners run
 * on the thread that made the change, after it is committed and in order. Leases live in memory:
 * they end with the process, and keys bound to leases of an earlier process are deleted when the
 * store opens.
 */
public final class SqliteMetaStore implements MetaStore {
  /** Changes that are kept for watches that begin in the past. */
  static final int EVENTS_KEPT = 1000;

  private static final int FORMAT_VERSION = 1;

  private final Connection connection; // guarded by lock
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<SqliteWatch> watches = new CopyOnWriteArrayList<>(); // changed under lock
  private final List<SqliteLease> leases = new ArrayList<>(); // guarded by lock
  private long revision; // guarded by lock
  private long nextLease = 1; // guarded by lock

  private SqliteMetaStore(Connection connection, LongSupplier nanoTime) throws SQLException {
    this.connection = connection;
    this.nanoTime = nanoTime;
    prepareSchema();
    revision = queryRevision();
    lock.lock();
    try {
      deleteBound("lease IS NOT NULL", OptionalLong.empty());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Opens or creates the store.
   *
   * @throws MetaStoreException when the file is not a sound store of this format; the caller may
   *     remove it, as all of it is made again from the journal
   */
  public static SqliteMetaStore open(Path file) {
    return open(file, System::nanoTime);
  }

  static SqliteMetaStore open(Path file, LongSupplier nanoTime) {
    try {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
      try {
        return new SqliteMetaStore(connection, nanoTime);
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new MetaStoreException("metadata store " + file + " cannot be opened", e);
    }
  }

  private void prepareSchema() throws SQLException {
    try (Statement s = connection.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("PRAGMA synchronous=NORMAL");
      try (ResultSet r = s.executeQuery("PRAGMA quick_check(1)")) {
        if (!r.next() || !"ok".equals(r.getString(1))) {
          throw new SQLException("quick_check: " + r.getString(1));
        }
      }
      int version;
      try (ResultSet r = s.executeQuery("PRAGMA user_version")) {
        version = r.next() ? r.getInt(1) : 0;
      }
      if (version > FORMAT_VERSION) {
        throw new SQLException("format " + version + " is newer than " + FORMAT_VERSION);
      }
      s.execute(
          "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, create_revision"
              + " INTEGER NOT NULL, revision INTEGER NOT NULL, lease INTEGER) STRICT, WITHOUT ROWID");
      s.execute(
          "CREATE TABLE IF NOT EXISTS event (revision INTEGER NOT NULL, step INTEGER NOT NULL, key TEXT"
              + " NOT NULL, value BLOB, PRIMARY KEY (revision, step)) STRICT, WITHOUT ROWID");
      s.execute("PRAGMA user_version=" + FORMAT_VERSION);
    }
    connection.setAutoCommit(false);
  }

  private long queryRevision() throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery("SELECT COALESCE(MAX(revision), 0) FROM event")) {
      return r.next() ? r.getLong(1) : 0;
    }
  }

  @Override
  public Optional<Entry> get(String key) {
    return locked(() -> {
      try (PreparedStatement s =
          connection.prepareStatement(
              "SELECT key, value, create_revision, revision FROM entry WHERE key = ?")) {
        s.setString(1, key);
        try (ResultSet r = s.executeQuery()) {
          return r.next() ? Optional.of(entry(r)) : Optional.empty();
        }
      }
    });
  }

  @Override
  public Listing snapshot(String prefix) {
    return locked(() -> {
      // A range on the primary key; SQLite compares TEXT by bytes, and U+10FFFF is the last
      // character.
      try (PreparedStatement s =
          connection.prepareStatement(
              "SELECT key, value, create_revision, revision FROM entry WHERE key >= ? AND key < ?"
                  + " ORDER BY key")) {
        s.setString(1, prefix);
        s.setString(2, prefix + Character.toString(Character.MAX_CODE_POINT));
        var found = new ArrayList<Entry>();
        try (ResultSet r = s.executeQuery()) {
          while (r.next()) {
            found.add(entry(r));
          }
        }
        return new Listing(found, revision);
      }
    });
  }

  private static Entry entry(ResultSet r) throws SQLException {
    return new Entry(r.getString(1), r.getBytes(2), r.getLong(3), r.getLong(4));
  }

  @Override
  public OptionalLong transact(Transaction transaction) {
    return locked(() -> {
      for (Condition condition : transaction.conditions()) {
        if (revisionOf(condition.key()) != condition.revision()) {
          return OptionalLong.empty();
        }
      }
      commit(transaction.changes());
      return OptionalLong.of(revision);
    });
  }

  private long revisionOf(String key) throws SQLException {
    try (PreparedStatement s =
        connection.prepareStatement("SELECT revision FROM entry WHERE key = ?")) {
      s.setString(1, key);
      try (ResultSet r = s.executeQuery()) {
        return r.next() ? r.getLong(1) : 0;
      }
    }
  }

  private void commit(List<Change> changes) throws SQLException {
    if (changes.isEmpty()) {
      return;
    }
    long next = revision + 1;
    var events = new ArrayList<Event>();
    for (Change change : changes) {
      switch (change) {
        case Change.Put put -> {
          put(put, next);
          events.add(new Event(put.key(), Optional.of(put.value()), next));
        }
        case Change.Delete delete -> {
          if (delete(delete.key())) {
            events.add(new Event(delete.key(), Optional.empty(), next));
          }
        }
      }
    }
    if (events.isEmpty()) {
      return;
    }
    record(events, next);
    connection.commit();
    revision = next;
    watches.forEach(w -> w.offer(events));
  }

  private void put(Change.Put put, long next) throws SQLException {
    try (PreparedStatement s =
        connection.prepareStatement(
            "INSERT INTO entry (key, value, create_revision, revision, lease) VALUES (?, ?, ?, ?, ?) ON"
                + " CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision,"
                + " lease = excluded.lease")) {
      s.setString(1, put.key());
      s.setBytes(2, put.value());
      s.setLong(3, next);
      s.setLong(4, next);
      if (put.lease().isPresent()) {
        requireLease(put.lease().getAsLong());
        s.setLong(5, put.lease().getAsLong());
      } else {
        s.setNull(5, java.sql.Types.INTEGER);
      }
      s.executeUpdate();
    }
  }

  private boolean delete(String key) throws SQLException {
    try (PreparedStatement s = connection.prepareStatement("DELETE FROM entry WHERE key = ?")) {
      s.setString(1, key);
      return s.executeUpdate() > 0;
    }
  }

  private void record(List<Event> events, long next) throws SQLException {
    try (PreparedStatement s =
        connection.prepareStatement(
            "INSERT INTO event (revision, step, key, value) VALUES (?, ?, ?, ?)")) {
      for (int step = 0; step < events.size(); step++) {
        Event event = events.get(step);
        s.setLong(1, next);
        s.setInt(2, step);
        s.setString(3, event.key());
        s.setBytes(4, event.value().orElse(null));
        s.executeUpdate();
      }
    }
    try (PreparedStatement s =
        connection.prepareStatement("DELETE FROM event WHERE revision <= ?")) {
      s.setLong(1, next - EVENTS_KEPT);
      s.executeUpdate();
    }
  }

  @Override
  public Watch watch(String prefix, long afterRevision, Listener listener) {
    return locked(() -> {
      var watch = new SqliteWatch(prefix, listener);
      if (afterRevision < Math.max(0, revision - EVENTS_KEPT)) {
        listener.lost();
        return watch;
      }
      watch.offer(eventsAfter(afterRevision));
      watches.add(watch);
      return watch;
    });
  }

  private List<Event> eventsAfter(long afterRevision) throws SQLException {
    try (PreparedStatement s =
        connection.prepareStatement(
            "SELECT key, value, revision FROM event WHERE revision > ? ORDER BY revision, step")) {
      s.setLong(1, afterRevision);
      var events = new ArrayList<Event>();
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          events.add(new Event(r.getString(1), Optional.ofNullable(r.getBytes(2)), r.getLong(3)));
        }
      }
      return events;
    }
  }

  @Override
  public long revision() {
    return locked(() -> revision);
  }

  @Override
  public Lease grant(Duration timeToLive) {
    return locked(() -> {
      var lease = new SqliteLease(nextLease++, timeToLive.toNanos());
      leases.add(lease);
      return lease;
    });
  }

  private void requireLease(long id) {
    if (leases.stream().noneMatch(l -> l.id == id)) {
      throw new IllegalStateException("lease " + id + " has run out");
    }
  }

  /** Ends the leases that were not kept alive; called before every operation, under the lock. */
  private void expireLeases() throws SQLException {
    long now = nanoTime.getAsLong();
    for (SqliteLease lease : List.copyOf(leases)) {
      if (now - lease.keptAliveAt > lease.timeToLiveNanos) {
        end(lease);
      }
    }
  }

  private void end(SqliteLease lease) throws SQLException {
    if (leases.remove(lease)) {
      deleteBound("lease = ?", OptionalLong.of(lease.id));
    }
  }

  private void deleteBound(String where, OptionalLong parameter) throws SQLException {
    var bound = new ArrayList<Change>();
    try (PreparedStatement s =
        connection.prepareStatement("SELECT key FROM entry WHERE " + where)) {
      if (parameter.isPresent()) {
        s.setLong(1, parameter.getAsLong());
      }
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          bound.add(new Change.Delete(r.getString(1)));
        }
      }
    }
    commit(bound);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      watches.clear();
      connection.close();
    } catch (SQLException e) {
      throw new MetaStoreException("metadata store cannot be closed", e);
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Step<T> step) {
    lock.lock();
    try {
      expireLeases();
      T result = step.run();
      connection.commit();
      return result;
    } catch (SQLException e) {
      rollBack(e);
      throw new MetaStoreException("metadata store failed: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      rollBack(e);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private void rollBack(Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private interface Step<T> {
    T run() throws SQLException;
  }

  private final class SqliteWatch implements Watch {
    private final String prefix;
    private final Listener listener;
    private final AtomicBoolean closed = new AtomicBoolean();

    SqliteWatch(String prefix, Listener listener) {
      this.prefix = prefix;
      this.listener = listener;
    }

    void offer(List<Event> events) {
      for (Event event : events) {
        if (!closed.get() && event.key().startsWith(prefix)) {
          listener.changed(event);
        }
      }
    }

    @Override
    public void close() {
      closed.set(true);
      watches.remove(this);
    }
  }

  private final class SqliteLease implements Lease {
    private final long id;
    private final long timeToLiveNanos;
    private long keptAliveAt; // guarded by lock

    SqliteLease(long id, long timeToLiveNanos) {
      if (timeToLiveNanos < TimeUnit.MILLISECONDS.toNanos(1)) {
        throw new IllegalArgumentException("time to live must be at least 1 ms");
      }
      this.id = id;
      this.timeToLiveNanos = timeToLiveNanos;
      this.keptAliveAt = nanoTime.getAsLong();
    }

    @Override
    public long id() {
      return id;
    }

    @Override
    public boolean keepAlive() {
      return locked(() -> {
        if (!leases.contains(this)) {
          return false;
        }
        keptAliveAt = nanoTime.getAsLong();
        return true;
      });
    }

    @Override
    public void close() {
      locked(() -> {
        end(this);
        return true;
      });
    }
  }
}
