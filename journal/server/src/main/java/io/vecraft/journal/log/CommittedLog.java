package io.vecraft.journal.log;

import io.vecraft.proto.journal.Record;
import java.util.List;

/** The decided records of a partition that are committed and durable. Safe for concurrent use. */
public interface CommittedLog {

  /** The first offset that is still held; 1 for a log that was never truncated. */
  long firstOffset();

  /** The end, read at one moment. */
  Position position();

  /**
   * Records from an offset on, dense; at least one if there is one.
   *
   * @param from {@link #firstOffset()} to one past the last offset
   * @param maxRecords at least 1
   * @param maxBytes serialised size at which to stop
   */
  List<Record> read(long from, int maxRecords, long maxBytes);

  /**
   * Calls {@code listener} whenever {@link #position()} may have moved, on the log's thread or that
   * of a barrier's caller; it must not block. Returns what ends it.
   */
  Runnable onMove(Runnable listener);
}
