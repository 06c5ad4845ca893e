package io.vecraft.journal.meta.placement;

import com.google.common.collect.ImmutableSortedMap;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PlaceReplicas;
import io.vecraft.proto.journal.ReplicaPlacement;
import io.vecraft.proto.journal.ReplicaStage;

/**
 * A change of the replicas of one shard.
 *
 * @param shard whose replicas change
 * @param expectedVersion of the map that the change was planned for
 * @param replicas stage by node after the change
 * @param reason for a person
 */
public record ReplicaChange(
    PlacedShard shard,
    long expectedVersion,
    ImmutableSortedMap<String, ReplicaStage> replicas,
    String reason) {

  /** The change as an operation of SYSTEM. */
  public Operation operation(long controlEpoch) {
    var change =
        PlaceReplicas.newBuilder()
            .setCollectionId(shard.collectionId())
            .setShard(shard.shard())
            .setExpectedVersion(expectedVersion)
            .setControlEpoch(controlEpoch);
    replicas.forEach((node, stage) ->
        change.addReplicas(ReplicaPlacement.newBuilder().setNode(node).setStage(stage)));
    return Operation.newBuilder().setPlaceReplicas(change).build();
  }

  @Override
  public String toString() {
    return shard + " " + replicas + ": " + reason;
  }
}
