package io.vecraft.journal.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RehomeShard;
import io.vecraft.proto.journal.SettleShard;
import io.vecraft.proto.journal.ShardHome;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.WantShardIn;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ShardHomesTest {
  private static final int A = Partitions.FIRST_DATA + 1;
  private static final int B = Partitions.FIRST_DATA + 2;

  private Catalog catalog = Catalog.empty(new Partitions(3));

  private void apply(Operation.Builder operation) {
    catalog =
        catalog.apply(
            Record.newBuilder().setStamp(catalog.stamp() + 10).addOperations(operation).build());
  }

  private void control(long epoch) {
    apply(Operation.newBuilder().setBeginControl(BeginControl.newBuilder().setEpoch(epoch)));
  }

  private void create() {
    apply(
        Operation.newBuilder()
            .setCreateCollection(
                CreateCollection.newBuilder()
                    .setDefinition(CollectionDefinition.newBuilder().setName("c").setShards(2))));
  }

  private void want(int shard, int partition) {
    apply(
        Operation.newBuilder()
            .setWantShardIn(
                WantShardIn.newBuilder()
                    .setCollectionId(1)
                    .setShard(shard)
                    .setPartition(partition)));
  }

  private void rehome(int epoch, long seal, long control) {
    apply(
        Operation.newBuilder()
            .setRehomeShard(
                RehomeShard.newBuilder()
                    .setCollectionId(1)
                    .setEpoch(epoch)
                    .setSealStamp(seal)
                    .setFromOffset(77)
                    .setControlEpoch(control)));
  }

  private void settle(int epoch, long control) {
    apply(
        Operation.newBuilder()
            .setSettleShard(
                SettleShard.newBuilder()
                    .setCollectionId(1)
                    .setEpoch(epoch)
                    .setControlEpoch(control)));
  }

  private ShardPlacement shard() {
    return catalog.requireShard(1, 0);
  }

  private static void refused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(VecraftException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aShardGoesFromHomeToHome() {
    control(1);
    create();
    assertThat(shard().getPartition()).isEqualTo(A);
    want(0, B);
    assertThat(ShardHomes.isMoving(shard())).isTrue();
    assertThat(shard().getPartition()).isEqualTo(A);
    assertThat(ShardHomes.partitions(shard())).containsExactly(A, B);
    // The same again changes nothing, another partition has to wait.
    want(0, B);
    refused(ErrorCode.CONFLICT, () -> want(0, Partitions.FIRST_DATA));

    rehome(2, catalog.stamp() + 5, 1);
    long rehomed = catalog.stamp();
    assertThat(shard().getPartition()).isEqualTo(B);
    assertThat(shard().getEpoch()).isEqualTo(2);
    assertThat(ShardHomes.isMoving(shard())).isTrue();
    refused(ErrorCode.MOVED, () -> rehome(2, 1, 1));
    refused(ErrorCode.MOVED, () -> rehome(3, 1, 1));
    settle(2, 1);
    assertThat(ShardHomes.isMoving(shard())).isFalse();
    refused(ErrorCode.MOVED, () -> settle(2, 1));

    want(0, A);
    rehome(3, 1, 1);
    settle(3, 1);
    assertThat(ShardHomes.first(shard())).isEqualTo(A);
    assertThat(ShardHomes.all(shard()))
        .extracting(ShardHome::getPartition, ShardHome::getEpoch, ShardHome::getSinceStamp)
        .containsExactly(
            tuple(A, 1, 0L), tuple(B, 2, rehomed), tuple(A, 3, shard().getSinceStamp()));
    assertThat(shard().getFromOffset()).isEqualTo(77);
    // Its neighbour has stayed.
    assertThat(catalog.requireShard(1, 1).getEpoch()).isEqualTo(1);
    Catalog again =
        Catalog.restore(
            new Partitions(3),
            catalog.stamp(),
            catalog.nextId(),
            catalog.collections(),
            List.of(),
            catalog.cluster());
    assertThat(again.requireShard(1, 0)).isEqualTo(shard());
  }

  @Test
  void whatCannotBeIsRefused() {
    create();
    refused(ErrorCode.CONFLICT, () -> want(0, B));
    control(1);
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(0, Partitions.FIRST_DATA + 3));
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(0, Partitions.TRANSACTION));
    refused(ErrorCode.NOT_FOUND, () -> want(2, B));
    refused(ErrorCode.NOT_FOUND, () -> want(-1, B));
    refused(ErrorCode.MOVED, () -> rehome(2, 1, 1));
    want(0, A);
    assertThat(ShardHomes.isMoving(shard())).isFalse();
    want(0, B);
    refused(ErrorCode.MOVED, () -> settle(1, 1));
    // Sealed at this stamp or later: a write might lie above the rehoming.
    refused(ErrorCode.CONFLICT, () -> rehome(2, catalog.stamp() + 10, 1));
    control(2);
    refused(ErrorCode.MOVED, () -> rehome(2, 1, 1));
    rehome(2, 1, 2);
    refused(ErrorCode.MOVED, () -> settle(2, 1));
    settle(2, 2);
  }

  @Test
  void aShardMovesOnlySoOften() {
    control(1);
    create();
    for (int i = 0; i < ShardHomes.EARLIER_MAX; i++) {
      want(0, i % 2 == 0 ? B : A);
      rehome(i + 2, 1, 1);
      settle(i + 2, 1);
    }
    refused(ErrorCode.LIMIT_EXCEEDED, () -> want(0, B));
  }
}
