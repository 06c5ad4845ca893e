package io.vecraft.query;

/**
 * When a part of a read is asked of a second replica, and how often that may be.
 *
 * <p>The delay is the mean of the parts' times and four times their mean deviation, both moving
 * averages: beyond it something is wrong with this part. Every part earns a twentieth of a second
 * try, of which a few may be saved: so hedging adds at most a twentieth to the load, and a whole
 * cluster that is slow is not made slower. Safe for concurrent use.
 */
final class HedgeBudget {
  private static final double SHARE = 0.05;
  private static final double SAVED_MAX = 10;
  private static final double WEIGHT = 0.05;
  private static final long FIRST_NANOS = 50_000_000;
  private static final long SHORTEST_NANOS = 3_000_000;
  private static final long LONGEST_NANOS = 500_000_000;

  // Guarded by this.
  private double saved = SAVED_MAX;
  private double mean = FIRST_NANOS / 2.0;
  private double deviation = FIRST_NANOS / 8.0;

  /** A part begins: returns after how many nanoseconds it may be asked elsewhere. */
  synchronized long begin() {
    saved = Math.min(SAVED_MAX, saved + SHARE);
    return Math.clamp((long) (mean + 4 * deviation), SHORTEST_NANOS, LONGEST_NANOS);
  }

  /** A part was answered, by whichever replica. */
  synchronized void answered(long nanos) {
    deviation += WEIGHT * (Math.abs(nanos - mean) - deviation);
    mean += WEIGHT * (nanos - mean);
  }

  /** Whether a second try may be made; it has been, if so. */
  synchronized boolean spend() {
    if (saved < 1) {
      return false;
    }
    saved--;
    return true;
  }
}
