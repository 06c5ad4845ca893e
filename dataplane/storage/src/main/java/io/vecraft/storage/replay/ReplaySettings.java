package io.vecraft.storage.replay;

import java.time.Duration;

/**
 * How a replay works.
 *
 * @param pullRecords records of one pull
 * @param pullBytes bytes of one pull
 * @param pendingMax records that wait to be applied beyond which no more are pulled
 * @param idleClose how often idle partitions are closed by the replay; zero: by the journal itself,
 *     which ticks
 */
public record ReplaySettings(int pullRecords, long pullBytes, int pendingMax, Duration idleClose) {
  /** Without news of the journal it is asked at this interval all the same. */
  private static final Duration ANYWAY = Duration.ofSeconds(1);

  /** Settings with that interval of closing. */
  public static ReplaySettings of(Duration idleClose) {
    return new ReplaySettings(1_000, 8L << 20, 20_000, idleClose);
  }

  /** Whether the replay has partitions closed by itself. */
  boolean closes() {
    return !idleClose.isZero();
  }

  /** How long news are waited for. */
  Duration turn() {
    return closes() ? idleClose : ANYWAY;
  }
}
