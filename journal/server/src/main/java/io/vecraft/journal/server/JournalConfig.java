package io.vecraft.journal.server;

import io.vecraft.journal.catalog.Partitions;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of a journal server; immutable.
 *
 * @param directory where the journal lives; made when absent
 * @param partitions the partitions of a new journal; an existing one must have the same
 * @param segmentBytes a segment is sealed once it has grown to this, 64 KiB to 1 GiB
 * @param segmentAge a segment is sealed by the first write that finds it older than this
 * @param dedupWindow how long a request id is remembered, measured in stamps
 * @param dedupBytes memory a partition's remembered request ids may take; the oldest go first
 * @param limits what may be in flight and on disk
 * @param scrubEvery how often the sealed segments are read through and verified; zero: never
 * @param acceptLoss start although records are damaged: what follows the damage is set aside, and
 *     the loss is recorded
 */
public record JournalConfig(
    Path directory,
    Partitions partitions,
    long segmentBytes,
    Duration segmentAge,
    Duration dedupWindow,
    long dedupBytes,
    JournalLimits limits,
    Duration scrubEvery,
    boolean acceptLoss) {

  public JournalConfig {
    if (segmentBytes < 1 << 16 || segmentBytes > 1 << 30) {
      throw new IllegalArgumentException(
          "segment bytes " + segmentBytes + " not in 65536..1073741824");
    }
    if (segmentAge.isNegative() || segmentAge.isZero()) {
      throw new IllegalArgumentException("segment age " + segmentAge + " is not positive");
    }
    if (dedupWindow.isNegative() || dedupWindow.isZero()) {
      throw new IllegalArgumentException("dedup window " + dedupWindow + " is not positive");
    }
    if (dedupBytes < 1 << 16) {
      throw new IllegalArgumentException("dedup bytes " + dedupBytes + " below 65536");
    }
    if (scrubEvery.isNegative()) {
      throw new IllegalArgumentException("scrub interval " + scrubEvery + " is negative");
    }
  }

  /** The defaults, with two DATA partitions. */
  public static JournalConfig defaults(Path directory) {
    return new JournalConfig(
        directory,
        new Partitions(2),
        64L << 20,
        Duration.ofHours(24),
        Duration.ofMinutes(30),
        64L << 20,
        JournalLimits.DEFAULTS,
        Duration.ofHours(6),
        false);
  }

  public JournalConfig withPartitions(Partitions value) {
    return new JournalConfig(
        directory,
        value,
        segmentBytes,
        segmentAge,
        dedupWindow,
        dedupBytes,
        limits,
        scrubEvery,
        acceptLoss);
  }

  public JournalConfig withSegmentBytes(long value) {
    return new JournalConfig(
        directory,
        partitions,
        value,
        segmentAge,
        dedupWindow,
        dedupBytes,
        limits,
        scrubEvery,
        acceptLoss);
  }

  public JournalConfig withDedup(Duration window, long bytes) {
    return new JournalConfig(
        directory,
        partitions,
        segmentBytes,
        segmentAge,
        window,
        bytes,
        limits,
        scrubEvery,
        acceptLoss);
  }

  public JournalConfig withLimits(JournalLimits value) {
    return new JournalConfig(
        directory,
        partitions,
        segmentBytes,
        segmentAge,
        dedupWindow,
        dedupBytes,
        value,
        scrubEvery,
        acceptLoss);
  }

  public JournalConfig withAcceptLoss(boolean value) {
    return new JournalConfig(
        directory,
        partitions,
        segmentBytes,
        segmentAge,
        dedupWindow,
        dedupBytes,
        limits,
        scrubEvery,
        value);
  }
}
