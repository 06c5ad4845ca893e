package io.vecraft.journal.catalog;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.PlaceReplicas;
import io.vecraft.proto.journal.ReplicaPlacement;
import io.vecraft.proto.journal.ReplicaStage;
import io.vecraft.proto.journal.ShardPlacement;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which storage nodes have a replica of a shard, and the stages of a replica. Pure.
 *
 * <p>A shard without a map is on every storage node: so it is in a cluster that nobody controls,
 * and in one process. A map is never taken back.
 *
 * <table>
 *   <caption>What may become of a replica in one change</caption>
 *   <tr><th>before</th><th>after</th></tr>
 *   <tr><td>none</td><td>joining; serving if there was no map</td></tr>
 *   <tr><td>joining</td><td>joining, serving, none</td></tr>
 *   <tr><td>serving</td><td>serving, leaving, none</td></tr>
 *   <tr><td>leaving</td><td>leaving, serving, none</td></tr>
 * </table>
 *
 * <p>Invariants: one replica on a node; at least one serves, as far as the map knows: that it has
 * caught up is for whoever makes the change to find out.
 */
public final class ReplicaMap {
  /** Most replicas of a shard. */
  public static final int MAX_REPLICAS = 100;

  private ReplicaMap() {}

  /** Whether the node has a replica of the shard, of any stage. */
  public static boolean has(ShardPlacement shard, String node) {
    return shard.getReplicasCount() == 0 || find(shard, node).isPresent();
  }

  /**
   * Whether reads may go to the node's replica once its frontier is where {@link #servesFrom} says.
   */
  public static boolean serves(ShardPlacement shard, String node) {
    return shard.getReplicasCount() == 0 || find(shard, node).map(ReplicaMap::serves).orElse(false);
  }

  /** Whether reads go to a replica of that stage. */
  public static boolean serves(ReplicaPlacement replica) {
    return replica.getStage() == ReplicaStage.SERVING || replica.getStage() == ReplicaStage.LEAVING;
  }

  /**
   * The frontier that the node's replica must have before it is read from: whoever was told before
   * that all replicas have a write must not find one that has not. 0 where there is no such bound.
   */
  public static long servesFrom(ShardPlacement shard, String node) {
    return find(shard, node).map(ReplicaPlacement::getSinceStamp).orElse(0L);
  }

  /** The node's replica in the map. */
  public static Optional<ReplicaPlacement> find(ShardPlacement shard, String node) {
    for (ReplicaPlacement replica : shard.getReplicasList()) {
      if (replica.getNode().equals(node)) {
        return Optional.of(replica);
      }
    }
    return Optional.empty();
  }

  /**
   * The shard after a change of its map.
   *
   * @param stamp of the change
   * @throws VecraftException {@code moved} when the change is of another version of the map, {@code
   *     invalid_argument} when there is no such way
   */
  static ShardPlacement change(ShardPlacement shard, PlaceReplicas change, long stamp) {
    if (shard.getMapVersion() != change.getExpectedVersion()) {
      throw new VecraftException(
          ErrorCode.MOVED,
          "the replicas of shard %d of collection %d are at version %d, not %d"
              .formatted(
                  change.getShard(),
                  change.getCollectionId(),
                  shard.getMapVersion(),
                  change.getExpectedVersion()));
    }
    if (change.getReplicasCount() > MAX_REPLICAS) {
      throw invalid(
          "a shard has at most " + MAX_REPLICAS + " replicas, not " + change.getReplicasCount());
    }
    var next = new TreeMap<String, ReplicaPlacement>();
    boolean served = false;
    for (ReplicaPlacement wanted : change.getReplicasList()) {
      ReplicaPlacement placed = placed(shard, wanted, stamp);
      served |= placed.getStage() == ReplicaStage.SERVING;
      if (placed.getNode().isEmpty() || next.put(placed.getNode(), placed) != null) {
        throw invalid("node '" + placed.getNode() + "' is named twice or has no name");
      }
    }
    if (!served) {
      throw invalid("no replica would serve");
    }
    return shard.toBuilder()
        .setMapVersion(shard.getMapVersion() + 1)
        .clearReplicas()
        .addAllReplicas(next.values())
        .build();
  }

  private static ReplicaPlacement placed(
      ShardPlacement shard, ReplicaPlacement wanted, long stamp) {
    Optional<ReplicaPlacement> before = find(shard, wanted.getNode());
    ReplicaStage from =
        before.map(ReplicaPlacement::getStage).orElse(ReplicaStage.REPLICA_STAGE_UNSPECIFIED);
    ReplicaStage to = wanted.getStage();
    boolean first = shard.getReplicasCount() == 0;
    boolean way =
        switch (to) {
          case JOINING -> before.isEmpty() || from == ReplicaStage.JOINING;
          case SERVING -> before.isPresent() || first;
          case LEAVING -> from == ReplicaStage.SERVING || from == ReplicaStage.LEAVING;
          case REPLICA_STAGE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    if (!way) {
      throw invalid(
          "the replica on %s cannot be %s after %s".formatted(wanted.getNode(), to, from));
    }
    if (before.isPresent() && from == to) {
      return before.get();
    }
    // One that leaves has served all along.
    boolean goesOn = before.isPresent() && serves(before.get()) && to != ReplicaStage.JOINING;
    long since = goesOn || first ? before.map(ReplicaPlacement::getSinceStamp).orElse(0L) : stamp;
    return ReplicaPlacement.newBuilder()
        .setNode(wanted.getNode())
        .setStage(to)
        .setSinceStamp(since)
        .build();
  }

  private static VecraftException invalid(String message) {
    return new VecraftException(ErrorCode.INVALID_ARGUMENT, message, "replicas");
  }
}
