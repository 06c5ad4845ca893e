package io.vecraft.journal.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.OpenDataPartitions;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.WantDataPartitions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PartitionGrowthTest {
  private Catalog catalog = Catalog.empty(new Partitions(2));

  private void apply(Operation.Builder operation) {
    catalog =
        catalog.apply(
            Record.newBuilder().setStamp(catalog.stamp() + 1).addOperations(operation).build());
  }

  private void control(long epoch) {
    apply(Operation.newBuilder().setBeginControl(BeginControl.newBuilder().setEpoch(epoch)));
  }

  private void want(int count) {
    apply(
        Operation.newBuilder()
            .setWantDataPartitions(WantDataPartitions.newBuilder().setCount(count)));
  }

  private void open(int count, long control) {
    apply(
        Operation.newBuilder()
            .setOpenDataPartitions(
                OpenDataPartitions.newBuilder().setCount(count).setControlEpoch(control)));
  }

  private Set<Integer> placed(String name) {
    apply(
        Operation.newBuilder()
            .setCreateCollection(
                CreateCollection.newBuilder()
                    .setDefinition(CollectionDefinition.newBuilder().setName(name).setShards(8))));
    return partitions(name);
  }

  private Set<Integer> partitions(String name) {
    List<ShardPlacement> shards = catalog.requireCollection(name).getPlacementsList();
    return new TreeSet<>(shards.stream().map(ShardPlacement::getPartition).toList());
  }

  private static void refused(ErrorCode code, Runnable change) {
    assertThatThrownBy(change::run)
        .isInstanceOfSatisfying(VecraftException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void shardsAreOnNewPartitionsOnlyOnceTheseAreOpen() {
    control(1);
    assertThat(placed("a")).containsExactly(3, 4);
    want(4);
    assertThat(catalog.partitions()).isEqualTo(new Partitions(2));
    assertThat(catalog.partitionsWanted()).isEqualTo(new Partitions(4));
    assertThat(placed("b")).containsExactly(3, 4);
    open(4, 1);
    assertThat(catalog.partitions()).isEqualTo(new Partitions(4));
    assertThat(placed("c")).containsExactly(3, 4, 5, 6);
    assertThat(partitions("a")).containsExactly(3, 4);
  }

  @Test
  void theyNeverBecomeFewerAndNotManyMoreAtATime() {
    refused(ErrorCode.CONFLICT, () -> want(3));
    control(1);
    refused(ErrorCode.CONFLICT, () -> want(1));
    refused(ErrorCode.CONFLICT, () -> want(0));
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(2 + PartitionGrowth.STEP_MAX + 1));
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(-1));
    want(4);
    want(4);
    refused(ErrorCode.CONFLICT, () -> want(3));
    want(2 + PartitionGrowth.STEP_MAX);
    for (int count = 18; count <= Partitions.MAX_DATA_PARTITIONS; count += 8) {
      open(count - 8, 1);
      want(count);
    }
    open(194, 1);
    want(Partitions.MAX_DATA_PARTITIONS);
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(Partitions.MAX_DATA_PARTITIONS + 1));
  }

  @Test
  void onlyTheNewestControlProcessOpensWhatIsWanted() {
    control(1);
    want(4);
    refused(ErrorCode.CONFLICT, () -> open(5, 1));
    refused(ErrorCode.CONFLICT, () -> open(1, 1));
    control(2);
    refused(ErrorCode.MOVED, () -> open(4, 1));
    open(3, 2);
    open(4, 2);
    open(4, 2);
  }
}
