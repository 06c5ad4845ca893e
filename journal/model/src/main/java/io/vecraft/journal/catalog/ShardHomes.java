package io.vecraft.journal.catalog;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.RehomeShard;
import io.vecraft.proto.journal.SettleShard;
import io.vecraft.proto.journal.ShardHome;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.WantShardIn;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which DATA partition a shard is in, and was in before. Pure.
 *
 * <p>A shard comes to another partition in three steps of the SYSTEM log. It is <em>wanted</em>
 * there. Control seals it where it is, so that no write of it is taken there any more, and then
 * <em>rehomes</em> it, with a stamp above the seal's. The new partition is told what the old one
 * remembers of the shard's requests and opens it, with a stamp above the rehoming: then it is
 * <em>settled</em>. What is wanted is never taken back, so whoever takes over goes on.
 *
 * <p>Invariant: every write of the shard in a partition has a stamp between that home's {@code
 * since_stamp} and the next one's. So the log of SYSTEM alone says, for each stamp, where the
 * shard's writes are.
 */
public final class ShardHomes {
  /** How many homes a shard may have had: a replica made from the journal goes through them all. */
  public static final int EARLIER_MAX = 100;

  private ShardHomes() {}

  /** All homes of a shard, the oldest first; the last is the one that it has. */
  public static List<ShardHome> all(ShardPlacement shard) {
    var homes = new ArrayList<>(shard.getEarlierList());
    homes.add(
        ShardHome.newBuilder()
            .setPartition(shard.getPartition())
            .setEpoch(shard.getEpoch())
            .setSinceStamp(shard.getSinceStamp())
            .setFromOffset(shard.getFromOffset())
            .build());
    return homes;
  }

  /** The partition that the shard was made in. */
  public static int first(ShardPlacement shard) {
    return shard.getEarlierCount() == 0 ? shard.getPartition() : shard.getEarlier(0).getPartition();
  }

  /** The partitions that may hold a record of the shard, and the one that it is on its way to. */
  public static Stream<Integer> partitions(ShardPlacement shard) {
    return Stream.concat(
            all(shard).stream().map(ShardHome::getPartition),
            Stream.of(shard.getMovingTo()).filter(to -> to != 0))
        .distinct();
  }

  /** Whether it is on its way to another partition, or is there and not open yet. */
  public static boolean isMoving(ShardPlacement shard) {
    return shard.getMovingTo() != 0;
  }

  /**
   * Refuses a partition that a shard cannot be wanted in.
   *
   * @throws VecraftException {@code conflict} where no control process has begun, and while the
   *     shard is on its way to a third one; {@code invalid_argument} for a partition that is not an
   *     open DATA partition; {@code limit_exceeded} for a shard that was moved too often
   */
  public static void require(
      ClusterState cluster, Partitions open, ShardPlacement now, int partition) {
    if (cluster.getControlEpoch() == 0) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "no control process has begun: a server of one process does not move shards",
          "partition");
    }
    if (!open.data().contains(partition)) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          "partition %s is not one of the data partitions %d to %d"
              .formatted(
                  Integer.toUnsignedString(partition),
                  Partitions.FIRST_DATA,
                  open.data().getLast()),
          "partition");
    }
    if (isMoving(now) && now.getMovingTo() != partition) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "the shard is on its way to partition " + now.getMovingTo(),
          "partition");
    }
    if (now.getPartition() != partition && now.getEarlierCount() >= EARLIER_MAX) {
      throw new VecraftException(
          ErrorCode.LIMIT_EXCEEDED,
          "the shard was moved " + now.getEarlierCount() + " times, which is the limit",
          "partition");
    }
  }

  /** Wants a shard in a partition; the one that it is in, or on its way to, changes nothing. */
  static ShardPlacement want(
      ClusterState cluster, Partitions open, ShardPlacement now, WantShardIn change) {
    require(cluster, open, now, change.getPartition());
    return isMoving(now) || now.getPartition() == change.getPartition()
        ? now
        : now.toBuilder().setMovingTo(change.getPartition()).build();
  }

  /** The shard in its new partition; {@code moved} when that has been done. */
  static ShardPlacement rehome(
      ClusterState cluster, ShardPlacement now, RehomeShard change, long stamp) {
    ClusterChanges.requireControl(cluster, change.getControlEpoch());
    if (!isMoving(now)
        || now.getMovingTo() == now.getPartition()
        || change.getEpoch() != now.getEpoch() + 1) {
      throw moved(now, change.getEpoch());
    }
    if (Long.compareUnsigned(change.getSealStamp(), stamp) >= 0) {
      throw new VecraftException(
          ErrorCode.CONFLICT, "the shard was sealed later than this", "seal_stamp");
    }
    return now.toBuilder()
        .addEarlier(all(now).getLast())
        .setPartition(now.getMovingTo())
        .setEpoch(change.getEpoch())
        .setSinceStamp(stamp)
        .setFromOffset(change.getFromOffset())
        .build();
  }

  /** The shard open in its partition; {@code moved} at another epoch. */
  static ShardPlacement settle(ClusterState cluster, ShardPlacement now, SettleShard change) {
    ClusterChanges.requireControl(cluster, change.getControlEpoch());
    if (now.getMovingTo() != now.getPartition() || change.getEpoch() != now.getEpoch()) {
      throw moved(now, change.getEpoch());
    }
    return now.toBuilder().clearMovingTo().build();
  }

  private static VecraftException moved(ShardPlacement now, int epoch) {
    return new VecraftException(
        ErrorCode.MOVED,
        "the shard is in partition %d at epoch %d, not on its way at %s"
            .formatted(now.getPartition(), now.getEpoch(), Integer.toUnsignedString(epoch)));
  }
}
