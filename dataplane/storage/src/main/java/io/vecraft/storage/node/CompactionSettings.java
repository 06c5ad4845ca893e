package io.vecraft.storage.node;

import java.time.Duration;

/**
 * When a shard is rid of versions that nobody may read any more. It is copied for that, which takes
 * its memory twice for a while and its vectors through the graph again: so not for a few of them.
 *
 * @param interval how often shards are looked at
 * @param share part of a shard's versions that must be removable, above 0 and below 1: a shard
 *     holds at most {@code 1 / (1 - share)} of what may still be read
 * @param versionsMin that many must be removable, at least 1
 */
public record CompactionSettings(Duration interval, double share, int versionsMin) {
  /** Every 30 s; a third of a shard's versions, and a thousand. */
  public static final CompactionSettings DEFAULTS =
      new CompactionSettings(Duration.ofSeconds(30), 1.0 / 3, 1_000);

  public CompactionSettings {
    if (interval.isNegative() || interval.isZero()) {
      throw new IllegalArgumentException("interval: " + interval + " is not positive");
    }
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("share: " + share + " is not between 0 and 1");
    }
    if (versionsMin < 1) {
      throw new IllegalArgumentException("versionsMin: " + versionsMin + " is below 1");
    }
  }
}
