package io.vecraft.query;

import java.util.Arrays;

/**
 * Pairs of (monotonic time before a clock round, stamp that the round answered). Whatever was
 * acknowledged before that time has no larger stamp, so a frontier at or above the stamp is fresh
 * to within the age of the sample: no wall clock is involved.
 *
 * <p>Invariant: times and stamps both ascend. When the memory is full, every second of the older
 * samples goes: bounds become coarser, never wrong. Safe for concurrent use.
 */
final class FreshnessSamples {
  private static final int CAPACITY = 4096;
  private static final long SPACING_NANOS = 1_000_000;

  private final long[] nanos = new long[CAPACITY]; // guarded by this
  private final long[] stamps = new long[CAPACITY]; // guarded by this
  private int size; // guarded by this

  /**
   * Notes a round; one that comes too soon after the last is left out. One that answered the same
   * stamp takes the last one's place: nothing was stamped in between.
   */
  synchronized void add(long beforeRoundNanos, long stamp) {
    if (size > 0 && stamp == stamps[size - 1]) {
      nanos[size - 1] = Math.max(nanos[size - 1], beforeRoundNanos);
      return;
    }
    if (size > 0
        && (beforeRoundNanos - nanos[size - 1] < SPACING_NANOS || stamp < stamps[size - 1])) {
      return;
    }
    if (size == CAPACITY) {
      thin();
    }
    nanos[size] = beforeRoundNanos;
    stamps[size] = stamp;
    size++;
  }

  private void thin() {
    int half = CAPACITY / 2;
    int kept = 0;
    for (int i = 0; i < half; i += 2) {
      nanos[kept] = nanos[i];
      stamps[kept] = stamps[i];
      kept++;
    }
    System.arraycopy(nanos, half, nanos, kept, size - half);
    System.arraycopy(stamps, half, stamps, kept, size - half);
    size = kept + size - half;
  }

  /**
   * Upper bound of the age of what a frontier lacks, as seen at {@code now}: everything
   * acknowledged earlier than that is below the frontier. {@link Long#MAX_VALUE} without a sample
   * that bounds it.
   */
  synchronized long ageNanos(long frontier, long now) {
    int at = Arrays.binarySearch(stamps, 0, size, frontier);
    int newest = at >= 0 ? at : -at - 2;
    return newest < 0 ? Long.MAX_VALUE : Math.max(0, now - nanos[newest]);
  }

  /**
   * The smallest stamp of a sample that is at most {@code bound} old at {@code now}: a frontier
   * that has reached it is fresh enough. {@link Long#MAX_VALUE} when every sample is older.
   */
  synchronized long freshEnough(long bound, long now) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (now - nanos[middle] <= bound) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == size ? Long.MAX_VALUE : stamps[low];
  }
}
