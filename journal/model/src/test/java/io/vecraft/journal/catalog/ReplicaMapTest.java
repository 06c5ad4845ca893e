package io.vecraft.journal.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PlaceReplicas;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ReplicaPlacement;
import io.vecraft.proto.journal.ReplicaStage;
import io.vecraft.proto.journal.ShardPlacement;
import org.junit.jupiter.api.Test;

/** The ways of a replica, and who may decide them. */
class ReplicaMapTest {
  private Catalog catalog =
      Catalog.empty(new Partitions(2))
          .apply(
              record(
                  10,
                  Operation.newBuilder()
                      .setCreateCollection(
                          CreateCollection.newBuilder()
                              .setDefinition(
                                  CollectionDefinition.newBuilder().setName("c").setShards(2)))
                      .build()));

  private static Record record(long stamp, Operation operation) {
    return Record.newBuilder().setStamp(stamp).addOperations(operation).build();
  }

  private static ReplicaPlacement at(String node, ReplicaStage stage) {
    return ReplicaPlacement.newBuilder().setNode(node).setStage(stage).build();
  }

  private void begin(long epoch) {
    catalog =
        catalog.apply(
            record(
                catalog.stamp() + 1,
                Operation.newBuilder()
                    .setBeginControl(BeginControl.newBuilder().setEpoch(epoch))
                    .build()));
  }

  private void place(long epoch, long version, ReplicaPlacement... replicas) {
    var change =
        PlaceReplicas.newBuilder()
            .setCollectionId(1)
            .setShard(1)
            .setControlEpoch(epoch)
            .setExpectedVersion(version);
    for (ReplicaPlacement replica : replicas) {
      change.addReplicas(replica);
    }
    catalog =
        catalog.apply(
            record(catalog.stamp() + 1, Operation.newBuilder().setPlaceReplicas(change).build()));
  }

  private ShardPlacement shard() {
    return catalog.collection(1).orElseThrow().getPlacements(1);
  }

  private static void refused(ErrorCode code, Runnable change) {
    assertThatThrownBy(change::run)
        .isInstanceOfSatisfying(VecraftException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void withoutAMapEveryNodeHasAReplica() {
    assertThat(ReplicaMap.has(shard(), "any")).isTrue();
    assertThat(ReplicaMap.serves(shard(), "any")).isTrue();
    assertThat(ReplicaMap.servesFrom(shard(), "any")).isZero();
  }

  @Test
  void aReplicaJoinsServesLeavesAndIsGone() {
    place(0, 0, at("a", ReplicaStage.SERVING));
    assertThat(ReplicaMap.has(shard(), "b")).isFalse();
    assertThat(ReplicaMap.servesFrom(shard(), "a")).isZero();
    place(0, 1, at("a", ReplicaStage.SERVING), at("b", ReplicaStage.JOINING));
    assertThat(ReplicaMap.has(shard(), "b")).isTrue();
    assertThat(ReplicaMap.serves(shard(), "b")).isFalse();
    place(0, 2, at("b", ReplicaStage.SERVING), at("a", ReplicaStage.LEAVING));
    assertThat(ReplicaMap.serves(shard(), "a")).isTrue();
    assertThat(ReplicaMap.serves(shard(), "b")).isTrue();
    assertThat(ReplicaMap.servesFrom(shard(), "b")).isEqualTo(catalog.stamp());
    place(0, 3, at("b", ReplicaStage.SERVING));
    assertThat(ReplicaMap.has(shard(), "a")).isFalse();
    assertThat(shard().getMapVersion()).isEqualTo(4);
    assertThat(catalog.collection(1).orElseThrow().getPlacements(0).getReplicasCount()).isZero();
  }

  @Test
  void aChangeOfAnotherVersionIsRefused() {
    place(0, 0, at("a", ReplicaStage.SERVING));
    refused(ErrorCode.MOVED, () -> place(0, 0, at("b", ReplicaStage.SERVING)));
    refused(ErrorCode.MOVED, () -> place(0, 2, at("a", ReplicaStage.SERVING)));
  }

  @Test
  void onlyTheNewestControlProcessChangesReplicas() {
    begin(1);
    place(1, 0, at("a", ReplicaStage.SERVING));
    refused(ErrorCode.MOVED, () -> begin(1));
    refused(ErrorCode.MOVED, () -> begin(3));
    begin(2);
    refused(ErrorCode.MOVED, () -> place(1, 1, at("a", ReplicaStage.LEAVING)));
    place(2, 1, at("a", ReplicaStage.SERVING), at("b", ReplicaStage.JOINING));
    assertThat(catalog.controlEpoch()).isEqualTo(2);
  }

  @Test
  void whatHasNotJoinedDoesNotServeAndSomebodyAlwaysDoes() {
    place(0, 0, at("a", ReplicaStage.SERVING));
    ReplicaPlacement a = at("a", ReplicaStage.SERVING);
    refused(ErrorCode.INVALID_ARGUMENT, () -> place(0, 1, a, at("b", ReplicaStage.SERVING)));
    refused(ErrorCode.INVALID_ARGUMENT, () -> place(0, 1, a, at("b", ReplicaStage.LEAVING)));
    refused(ErrorCode.INVALID_ARGUMENT, () -> place(0, 1, at("a", ReplicaStage.JOINING)));
    refused(ErrorCode.INVALID_ARGUMENT, () -> place(0, 1, at("a", ReplicaStage.LEAVING)));
    refused(ErrorCode.INVALID_ARGUMENT, () -> place(0, 1, a, a));
    refused(ErrorCode.INVALID_ARGUMENT, () -> place(0, 1, a, at("", ReplicaStage.JOINING)));
    refused(ErrorCode.INVALID_ARGUMENT, () -> place(0, 1));
  }

  @Test
  void aCatalogThatWasProjectedKnowsTheEpoch() {
    begin(1);
    Catalog restored =
        Catalog.restore(
            catalog.partitions(),
            catalog.stamp(),
            catalog.nextId(),
            catalog.collections(),
            catalog.keys(),
            catalog.cluster());
    assertThat(restored.controlEpoch()).isEqualTo(1);
  }
}
