package io.vecraft.storage.node;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Stamp;
import java.util.TreeMap;

/**
 * The end of a shard's time-travel window: follows the frontier at the window's distance, is held
 * back by pins, and never goes back. Safe for concurrent use.
 */
final class SafePoint {
  private final int pinsMax;
  private final long windowMinMs;

  // Guarded by this.
  private final TreeMap<Long, Integer> pins = new TreeMap<>();
  private int pinCount;
  private long windowMs;
  private long stamp;

  /**
   * @param windowMinMs a shorter window counts as this: a read must not lose its ground while it
   *     goes on
   */
  SafePoint(long stamp, long windowMinMs, int pinsMax) {
    this.stamp = stamp;
    this.windowMinMs = windowMinMs;
    this.windowMs = windowMinMs;
    this.pinsMax = pinsMax;
  }

  synchronized void window(long newWindowMs) {
    windowMs = Math.max(windowMinMs, newWindowMs);
  }

  /** The safe point when the frontier is there. */
  synchronized long at(long frontier) {
    long wanted = Stamp.of(Math.max(0, Stamp.millis(frontier) - windowMs), 0, 0);
    if (!pins.isEmpty()) {
      wanted = Math.min(wanted, pins.firstKey());
    }
    stamp = Math.max(stamp, wanted);
    return stamp;
  }

  /** Throws {@code snapshot_expired} for a read below it. */
  void check(long asOf, long frontier) {
    long now = at(frontier);
    if (asOf < now) {
      throw expired(asOf, now);
    }
  }

  static VecraftException expired(long asOf, long safePoint) {
    return new VecraftException(
        ErrorCode.SNAPSHOT_EXPIRED,
        "as of " + asOf + " lies before the time-travel window, which begins at " + safePoint,
        "as_of");
  }

  synchronized void pin(long asOf, long frontier) {
    check(asOf, frontier);
    if (pinCount >= pinsMax) {
      throw new VecraftException(
          ErrorCode.BACK_PRESSURE,
          "the shard is pinned by " + pinCount + " cursors, the most allowed");
    }
    pinCount++;
    pins.merge(asOf, 1, Integer::sum);
  }

  synchronized void unpin(long asOf) {
    pinCount--;
    pins.computeIfPresent(asOf, (s, n) -> n == 1 ? null : n - 1);
  }
}
