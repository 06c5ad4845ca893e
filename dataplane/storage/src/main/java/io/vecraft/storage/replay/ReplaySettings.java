package io.vecraft.storage.replay;

import java.time.Duration;

/**
 * How a replay works.
 *
 * @param pullRecords records of one pull
 * @param pullBytes bytes of one pull
 * @param pendingMax records that wait to be applied beyond which no more are pulled
 * @param idleClose how often idle partitions are closed
 */
public record ReplaySettings(int pullRecords, long pullBytes, int pendingMax, Duration idleClose) {
  /** Settings with that interval of closing. */
  public static ReplaySettings of(Duration idleClose) {
    return new ReplaySettings(1_000, 8L << 20, 20_000, idleClose);
  }
}
