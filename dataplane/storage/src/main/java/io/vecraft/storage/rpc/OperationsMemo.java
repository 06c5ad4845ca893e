package io.vecraft.storage.rpc;

import java.util.OptionalLong;

/**
 * How many operations a shard had applied at some stamps. The count is a function of the log and
 * never falls: between two stamps with the same count it is that count. The newest stamps are kept.
 * Safe for concurrent use.
 */
final class OperationsMemo {
  private static final int STAMPS = 64;

  // Guarded by this. Ascending; stamps between the first and the last of a count are left out.
  private final long[] stamps = new long[STAMPS];
  private final long[] counts = new long[STAMPS];
  private int size;

  synchronized void add(long stamp, long count) {
    int at = lowest(stamp);
    if (at < size && stamps[at] == stamp) {
      return;
    }
    boolean asBefore = at > 0 && counts[at - 1] == count;
    boolean asAfter = at < size && counts[at] == count;
    if (asBefore && asAfter) {
      return;
    }
    // The end of a run of the same count moves; its beginning stays.
    if (asBefore && at > 1 && counts[at - 2] == count) {
      stamps[at - 1] = stamp;
      return;
    }
    if (asAfter && at + 1 < size && counts[at + 1] == count) {
      stamps[at] = stamp;
      return;
    }
    if (size == STAMPS) {
      if (at == 0) {
        return;
      }
      System.arraycopy(stamps, 1, stamps, 0, STAMPS - 1);
      System.arraycopy(counts, 1, counts, 0, STAMPS - 1);
      size--;
      at--;
    }
    System.arraycopy(stamps, at, stamps, at + 1, size - at);
    System.arraycopy(counts, at, counts, at + 1, size - at);
    stamps[at] = stamp;
    counts[at] = count;
    size++;
  }

  /** The count at a stamp, if it is known. */
  synchronized OptionalLong at(long stamp) {
    int at = lowest(stamp);
    if (at == size) {
      return OptionalLong.empty();
    }
    if (stamps[at] == stamp || (at > 0 && counts[at - 1] == counts[at])) {
      return OptionalLong.of(counts[at]);
    }
    return OptionalLong.empty();
  }

  /** The first place whose stamp is at or above. */
  private int lowest(long stamp) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (stamps[middle] < stamp) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
