package io.vecraft.journal.partition;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Stamp;
import java.time.Duration;

/**
 * What a partition's decisions depend on besides its log; the same on every replica.
 *
 * @param partition its number, which is its slot in stamps
 * @param partitions that the cluster was made with
 * @param dedupWindow how long a request id is remembered, measured in stamps
 * @param dedupEntries how many remembered request ids there are at most; the oldest go first
 * @param supportedLevel the highest feature level that the replicas' programs know
 */
public record PartitionSettings(
    int partition,
    Partitions partitions,
    Duration dedupWindow,
    int dedupEntries,
    int supportedLevel) {

  public PartitionSettings {
    if (!Partitions.isNumber(partition)) {
      throw new IllegalArgumentException("no partition " + partition);
    }
    if (dedupWindow.isNegative() || dedupWindow.isZero() || dedupEntries < 1) {
      throw new IllegalArgumentException("dedup window is empty");
    }
    if (supportedLevel < FeatureLevels.FIRST) {
      throw new IllegalArgumentException("feature level " + supportedLevel + " below 1");
    }
  }

  /** The oldest stamp whose requests are remembered when {@code stamp} is the last. */
  public long rememberedFrom(long stamp) {
    return stamp - Math.multiplyExact(dedupWindow.toMillis(), Stamp.of(1, 0, 0));
  }

  /** The settings of this program, with a memory of {@code dedupBytes} for request ids. */
  public static PartitionSettings of(
      int partition, Partitions partitions, Duration dedupWindow, long dedupBytes) {
    int entries =
        (int) Math.clamp(dedupBytes / DedupTable.BYTES_PER_ENTRY, 1, Integer.MAX_VALUE / 16);
    return new PartitionSettings(
        partition, partitions, dedupWindow, entries, FeatureLevels.SUPPORTED);
  }
}
