package io.vecraft.journal.log;

import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.proto.journal.Record;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decided records in segments, the newest of them in memory too. The log that writes the segments
 * says how far they may be read, with {@link #moveTo}; any thread may read.
 */
public final class StoredLog implements CommittedLog {
  private static final Logger log = LoggerFactory.getLogger(StoredLog.class);

  private final String name;
  private final TailCache cache;
  private final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile SegmentStore store;
  private volatile Position position;

  /**
   * A view of a store.
   *
   * @param name for people
   * @param cacheBytes newest records kept in memory for readers
   * @param start how far it may be read
   */
  public StoredLog(String name, SegmentStore store, long cacheBytes, Position start) {
    this.name = name;
    this.store = store;
    this.cache = new TailCache(cacheBytes);
    this.position = start;
  }

  /** Keeps records in memory that have been written to the segments; one thread at a time. */
  public void remember(List<Record> records) {
    cache.add(records);
  }

  /** Goes on with another store, which holds the same records and more. */
  public void moveTo(SegmentStore other, Position end) {
    store = other;
    position = end;
  }

  /** Lets readers read up to here; {@link #announce} tells those who wait. */
  public void moveTo(Position end) {
    position = end;
  }

  /** Calls the listeners. */
  public void announce() {
    for (Runnable listener : listeners) {
      try {
        listener.run();
      } catch (RuntimeException e) {
        log.error("{}: a listener failed", name, e);
      }
    }
  }

  @Override
  public long firstOffset() {
    return store.firstOffset();
  }

  @Override
  public Position position() {
    return position;
  }

  @Override
  public List<Record> read(long from, int maxRecords, long maxBytes) {
    long last = position.offset();
    if (from > last) {
      return List.of();
    }
    int count = (int) Math.min(maxRecords, last - from + 1);
    return cache.read(from, count, maxBytes).orElseGet(() -> store.read(from, count, maxBytes));
  }

  @Override
  public Runnable onMove(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
