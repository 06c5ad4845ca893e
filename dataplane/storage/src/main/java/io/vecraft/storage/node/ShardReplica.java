package io.vecraft.storage.node;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;
import io.vecraft.storage.read.VersionView;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.replay.PartitionReplay;
import io.vecraft.storage.shard.ShardSearch;
import io.vecraft.storage.shard.ShardShape;
import io.vecraft.storage.shard.ShardState;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A replica of a shard. While its stored blocks are damaged, or it is being rebuilt after that, it
 * answers {@code data_damaged} rather than anything else. Safe for concurrent use.
 */
final class ShardReplica implements ShardReader, ReplicaFiles.ReplicaSource {
  private static final long WINDOW_DEFAULT_S = 3_600;

  private final ShardId id;
  private final String node;
  private final SafePoint safePoint;
  private final BiConsumer<ShardReplica, DamagedBlockException> onDamage;
  private final ReplicaFiles files;
  private volatile MountedShard mounted;
  private volatile PartitionReplay replay;

  /** Everything up to here was in the checkpoint that the state was opened from. */
  private volatile long base;

  /** The frontier that was promised before a rebuild; nothing is read below it. */
  private volatile long promised;

  private volatile Health health = Health.WHOLE;
  private volatile String damage = "";
  private volatile boolean dropped;
  private volatile long schemaStamp;

  /** What may be read. */
  private enum Health {
    /** Everything. */
    WHOLE,
    /** Nothing: a stored block is damaged. */
    DAMAGED,
    /** Nothing yet: a new state has not reached the frontier that was promised. */
    REBUILDING
  }

  ShardReplica(
      String node,
      ShardState state,
      PartitionReplay replay,
      SafePoint safePoint,
      ReplicaFiles files,
      BiConsumer<ShardReplica, DamagedBlockException> onDamage) {
    this.id = state.id();
    this.node = node;
    this.mounted = new MountedShard(state);
    this.replay = replay;
    this.base = state.appliedStamp();
    this.safePoint = safePoint;
    this.files = files;
    this.onDamage = onDamage;
  }

  MountedShard mounted() {
    return mounted;
  }

  PartitionReplay replay() {
    return replay;
  }

  SafePoint safePointState() {
    return safePoint;
  }

  /** What is damaged; empty in good health. */
  Optional<String> damage() {
    return health == Health.WHOLE ? Optional.empty() : Optional.of(damage);
  }

  /** Takes a changed definition into use; an older one than it has is left alone. */
  void define(CollectionState collection) {
    if (collection.getSchemaStamp() > schemaStamp) {
      schemaStamp = collection.getSchemaStamp();
      safePoint.window(windowMs(collection.getDefinition()));
      mounted.state().define(ShardShape.of(collection.getDefinition()).schema());
    }
  }

  /** Writes a checkpoint if anything has changed; nothing while damaged. */
  void checkpoint() throws IOException {
    if (health != Health.DAMAGED && !dropped) {
      files.write(this);
    }
  }

  @Override
  public void withState(ReplicaFiles.Writing writing) throws IOException {
    Optional<IOException> failure =
        mounted.use(m -> {
          try {
            writing.write(m.state());
            return Optional.empty();
          } catch (IOException e) {
            return Optional.of(e);
          }
        });
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  /**
   * What may be removed: versions that ended at or below it. Never above the safe point, and what
   * became of operations within {@code outcomeWindow} is kept.
   */
  long horizon(Duration outcomeWindow) {
    long frontier = frontier();
    long millis = Math.max(0, Stamp.millis(frontier) - outcomeWindow.toMillis());
    return Math.min(safePoint.at(frontier), Stamp.of(millis, 0, 0));
  }

  /** Whether a state is in use and whole. */
  boolean uses(MountedShard state) {
    return mounted == state && health == Health.WHOLE && !dropped;
  }

  /**
   * Puts a compacted state in the place of the one that it was made from, between two records and
   * two checkpoints; false, and nothing happens, when that is no longer in use.
   */
  boolean replace(MountedShard old, Supplier<ShardState> compacted) {
    return files.betweenCheckpoints(() ->
        whileStill(merge -> {
          synchronized (this) {
            if (!uses(old)) {
              return false;
            }
            MountedShard next = new MountedShard(compacted.get());
            merge.forgetPrepared(id);
            mounted = next;
          }
          old.retire();
          return true;
        }));
  }

  ReplicaFiles files() {
    return files;
  }

  ShardState state() {
    return mounted.state();
  }

  @Override
  public long base() {
    return base;
  }

  /** Runs {@code action} while nothing is applied, by whichever replay feeds it then. */
  @Override
  public <T> T whileStill(Function<PartitionMerge, T> action) {
    while (true) {
      PartitionReplay feeding = replay;
      Optional<T> done =
          feeding.whileStill(merge ->
              // Another one's merge knows nothing of this replica any more.
              feeding == replay ? Optional.of(action.apply(merge)) : Optional.empty());
      if (done.isPresent()) {
        return done.get();
      }
    }
  }

  /** The time-travel window of a definition, in milliseconds. */
  static long windowMs(CollectionDefinition definition) {
    long seconds = definition.getTimeTravelWindowS();
    return (seconds == 0 ? WINDOW_DEFAULT_S : seconds) * 1_000;
  }

  /** Stops answering until {@link #rebuild} has caught up; false if it had stopped already. */
  synchronized boolean setAside(String what) {
    if (health != Health.WHOLE || dropped) {
      return false;
    }
    promised = Math.max(promised, frontier());
    damage = what;
    health = Health.DAMAGED;
    return true;
  }

  /** Puts an older state in the place of a damaged one, fed by a replay of its own. */
  synchronized void rebuild(ShardState older, PartitionReplay from) {
    // It went on until now: whoever waited for it then must not find it behind.
    promised = Math.max(promised, frontier());
    MountedShard old = mounted;
    base = older.appliedStamp();
    replay = from;
    mounted = new MountedShard(older);
    health = Health.REBUILDING;
    old.retire();
  }

  /**
   * From here on another replay feeds it; everything up to {@code reached} is in its state. Called
   * while neither replay applies anything, and before the frontier of the one before passes that.
   */
  synchronized void moveTo(PartitionReplay next, long reached) {
    base = Math.max(base, reached);
    replay = next;
  }

  /** Ends all reads for good and frees the memory. */
  synchronized void drop() {
    if (!dropped) {
      dropped = true;
      mounted.retire();
    }
  }

  @Override
  public ShardId shard() {
    return id;
  }

  @Override
  public String node() {
    return node;
  }

  @Override
  public long frontier() {
    while (true) {
      PartitionReplay feeding = replay;
      long reached = feeding.frontier();
      // One that feeds it no more goes on without it.
      if (feeding == replay) {
        return Math.max(promised, Math.max(base, reached));
      }
    }
  }

  @Override
  public long safePoint() {
    return safePoint.at(frontier());
  }

  @Override
  public long knownStamp() {
    return Math.max(frontier(), replay.knownStamp());
  }

  @Override
  public void awaitFrontier(long stamp, Deadline deadline) {
    while (frontier() < stamp) {
      PartitionReplay feeding = replay;
      try {
        feeding.awaitFrontier(stamp, deadline);
      } catch (VecraftException e) {
        // It has ended because another feeds the replica from here on, which is waited for then.
        if (feeding == replay) {
          throw e;
        }
      }
    }
  }

  @Override
  public SearchHits search(SearchSpec search, long asOf, Deadline deadline) {
    return read(asOf, m -> new ShardSearch(m.state(), m.reads(), search, asOf, deadline).run());
  }

  @Override
  public List<RecordView> get(List<String> ids, long asOf, Include include) {
    return read(asOf, m -> m.reads().get(ids, asOf, include));
  }

  @Override
  public List<RecordView> scroll(
      Optional<Filter> filter, Optional<String> afterId, int limit, long asOf, Include include) {
    return read(asOf, m -> m.reads().scroll(filter, afterId, limit, asOf, include));
  }

  @Override
  public long count(Optional<Filter> filter, long asOf) {
    return read(asOf, m -> m.reads().count(filter, asOf));
  }

  @Override
  public List<VersionView> history(String recordId, long beforeStamp, int limit) {
    return use(m -> m.reads().history(recordId, beforeStamp, frontier(), limit));
  }

  @Override
  public OptionalInt firstWithVersions(List<String> ids, int versions) {
    long safePoint = safePoint();
    return use(m ->
        IntStream.range(0, ids.size())
            .filter(i -> m.reads().versions(ids.get(i), safePoint, versions) == versions)
            .findFirst());
  }

  @Override
  public long operationsApplied(long asOf) {
    return read(asOf, m -> m.reads().operationsApplied(asOf));
  }

  @Override
  public Optional<List<OperationOutcome>> outcomes(long stamp) {
    return use(m -> m.reads().outcomes(stamp));
  }

  @Override
  public long checksum(long asOf) {
    return read(asOf, m -> m.reads().checksum(asOf));
  }

  /** The version of a record at a stamp. */
  OptionalLong version(String recordId, long asOf) {
    return read(asOf, m -> m.reads().version(recordId, asOf));
  }

  @Override
  public Pin pin(long stamp) {
    safePoint.pin(stamp, frontier());
    AtomicBoolean open = new AtomicBoolean(true);
    return () -> {
      if (open.compareAndSet(true, false)) {
        safePoint.unpin(stamp);
      }
    };
  }

  @Override
  public ShardStats stats() {
    return mounted.use(m ->
        new ShardStats(
            m.reads().count(Optional.empty(), frontier()),
            m.state().vectors().linked(),
            m.state().vectors().unlinked(),
            frontier(),
            replay.appliedOffset(),
            m.state().offHeapBytes(),
            damage()));
  }

  private <T> T read(long asOf, Function<MountedShard, T> read) {
    long frontier = frontier();
    if (asOf > frontier) {
      throw new IllegalArgumentException("as of " + asOf + " is above the frontier " + frontier);
    }
    safePoint.check(asOf, frontier);
    return use(m -> {
      // Versions may have been removed since the check.
      if (asOf < m.state().compacted().stamp()) {
        throw SafePoint.expired(asOf, m.state().compacted().stamp());
      }
      return read.apply(m);
    });
  }

  private <T> T use(Function<MountedShard, T> read) {
    requireWhole();
    try {
      return mounted.use(read);
    } catch (DamagedBlockException e) {
      onDamage.accept(this, e);
      throw damaged();
    }
  }

  /** Somebody met a damaged block of this replica. */
  void reportDamage(DamagedBlockException damage) {
    onDamage.accept(this, damage);
  }

  private void requireWhole() {
    if (health == Health.WHOLE) {
      return;
    }
    synchronized (this) {
      if (health == Health.REBUILDING && Math.max(base, replay.frontier()) >= promised) {
        health = Health.WHOLE;
      }
    }
    if (health != Health.WHOLE) {
      throw damaged();
    }
  }

  private VecraftException damaged() {
    return new VecraftException(
        ErrorCode.DATA_DAMAGED,
        "the replica of shard " + id.shard() + " on " + node + " is being rebuilt: " + damage);
  }
}
