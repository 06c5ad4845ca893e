package io.vecraft.journal.log.raft;

import java.util.ArrayDeque;

/**
 * Which of the last entries add up to a number of bytes, as exactly as it is told. After a restart
 * it knows of nothing before. Not safe for concurrent use.
 */
final class EntryBytes {
  private static final int PARTS_MAX = 4096;

  private final long limit;
  private final ArrayDeque<Part> parts = new ArrayDeque<>();
  private long total;
  private long behind = -1;

  /** Some entries, up to an index. */
  private record Part(long index, long bytes) {}

  EntryBytes(long limit) {
    this.limit = limit;
  }

  /** Takes note of the entries since the last call. */
  void note(long index, long bytes) {
    parts.add(new Part(index, bytes));
    total += bytes;
    while (parts.size() > 1 && (total > limit || parts.size() > PARTS_MAX)) {
      Part first = parts.remove();
      total -= first.bytes;
      behind = first.index;
    }
  }

  /** The last index that is not among them, -1 for none. */
  long behind() {
    return behind;
  }
}
