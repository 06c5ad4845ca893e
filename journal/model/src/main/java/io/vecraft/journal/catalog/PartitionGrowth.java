package io.vecraft.journal.catalog;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.OpenDataPartitions;

/**
 * How a cluster gets more DATA partitions, in two steps of the SYSTEM log. First they are wanted:
 * the journal nodes make their replicas. Control sees each of them led, and opens them: from there
 * on new collections have shards there. So no shard is ever placed where nobody takes writes yet,
 * and whoever reads the log knows both. Pure.
 */
public final class PartitionGrowth {
  /**
   * At most so many are added at a time: each costs every journal node memory, and none is ever
   * taken away.
   */
  public static final int STEP_MAX = 8;

  private PartitionGrowth() {}

  /** Wants so many; as many as are wanted already change nothing. */
  static ClusterState want(ClusterState now, Partitions open, int count) {
    require(now, open, count);
    return now.toBuilder().setDataPartitionsWanted(count).build();
  }

  /**
   * Refuses a number of DATA partitions that cannot be.
   *
   * @throws VecraftException {@code invalid_argument} above what can be added at a time, {@code
   *     conflict} for fewer than there are or are being made, and where no control process has
   *     begun: in one process the partitions stay as they were made
   */
  public static void require(ClusterState now, Partitions open, int count) {
    if (now.getControlEpoch() == 0) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "no control process has begun: a server of one process keeps the partitions it was made with",
          "data_partitions");
    }
    int wanted = Math.max(now.getDataPartitionsWanted(), open.dataPartitions());
    int most = Math.min(Partitions.MAX_DATA_PARTITIONS, open.dataPartitions() + STEP_MAX);
    if (count == wanted) {
      return;
    }
    if (Integer.compareUnsigned(count, most) > 0) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          "%s data partitions are too many at a time: with %d open, %d is the limit"
              .formatted(Integer.toUnsignedString(count), open.dataPartitions(), most),
          "data_partitions");
    }
    if (count < wanted) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "there are %d data partitions, which do not become fewer".formatted(wanted),
          "data_partitions");
    }
  }

  /** Opens what was wanted, up to a number; {@code moved} for an old control process. */
  static ClusterState open(ClusterState now, Partitions open, OpenDataPartitions change) {
    ClusterChanges.requireControl(now, change.getControlEpoch());
    if (change.getCount() < open.dataPartitions()
        || change.getCount() > now.getDataPartitionsWanted()) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "%s data partitions are not between those open, %d, and those wanted, %d"
              .formatted(
                  Integer.toUnsignedString(change.getCount()),
                  open.dataPartitions(),
                  now.getDataPartitionsWanted()),
          "count");
    }
    return now.toBuilder().setDataPartitions(change.getCount()).build();
  }
}
