package io.vecraft.journal.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.SetPartitionGroup;
import io.vecraft.proto.journal.WantPartitionIn;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartitionHomesTest {
  private static final List<JournalMember> SHARED = members("a", "b", "c");
  private static final List<JournalMember> FAST = members("x", "y", "z");
  private static final ClusterRecord MADE =
      ClusterRecord.newBuilder().setClockEpoch(1).addAllJournal(SHARED).build();

  private Catalog catalog = Catalog.empty(new Partitions(2));

  private static List<JournalMember> members(String... names) {
    return Arrays.stream(names).map(n -> JournalMember.newBuilder().setName(n).build()).toList();
  }

  private void apply(Operation.Builder operation) {
    catalog =
        catalog.apply(
            Record.newBuilder().setStamp(catalog.stamp() + 1).addOperations(operation).build());
  }

  private void control(long epoch) {
    apply(Operation.newBuilder().setBeginControl(BeginControl.newBuilder().setEpoch(epoch)));
  }

  private void want(int partition, String pool, int replicas) {
    apply(
        Operation.newBuilder()
            .setWantPartitionIn(
                WantPartitionIn.newBuilder()
                    .setPartition(partition)
                    .setPool(pool)
                    .setReplicas(replicas)));
  }

  private void set(
      long epoch, List<JournalMember> members, List<JournalMember> before, long control) {
    apply(
        Operation.newBuilder()
            .setSetPartitionGroup(
                SetPartitionGroup.newBuilder()
                    .setControlEpoch(control)
                    .setGroup(
                        PartitionGroup.newBuilder()
                            .setPartition(3)
                            .setEpoch(epoch)
                            .addAllMembers(members)
                            .addAllBefore(before)
                            .setPool("fast")
                            .setReplicas(3))));
  }

  private JournalLayout layout() {
    return JournalLayout.of(catalog.cluster(), MADE);
  }

  private boolean isThere() {
    return PartitionHomes.of(catalog.cluster(), 3).map(PartitionHomes::isThere).orElse(true);
  }

  private static void refused(ErrorCode code, Runnable change) {
    assertThatThrownBy(change::run)
        .isInstanceOfSatisfying(VecraftException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void itIsWantedThenBroughtThenSettled() {
    control(1);
    assertThat(isThere()).isTrue();
    want(3, "fast", 3);
    assertThat(isThere()).isFalse();
    assertThat(layout().members(3)).isEqualTo(SHARED);
    set(1, FAST, SHARED, 1);
    assertThat(isThere()).isFalse();
    assertThat(layout().members(3)).isEqualTo(FAST);
    assertThat(layout().mayLead(3)).hasSize(6).containsAll(SHARED).containsAll(FAST);
    assertThat(layout().members(4)).isEqualTo(SHARED);
    set(2, FAST, List.of(), 1);
    assertThat(isThere()).isTrue();
    assertThat(layout().mayLead(3)).isEqualTo(FAST);
    assertThat(layout().all()).hasSize(6);
    want(3, "", 0);
    set(3, List.of(), FAST, 1);
    assertThat(layout().members(3)).isEqualTo(SHARED);
    assertThat(layout().mayLead(3)).hasSize(6);
    set(4, List.of(), List.of(), 1);
    assertThat(layout().mayLead(3)).isEqualTo(SHARED);
  }

  @Test
  void onlyPlacesThatCanBeAreWanted() {
    refused(ErrorCode.CONFLICT, () -> want(3, "fast", 3));
    control(1);
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(1, "fast", 3));
    refused(ErrorCode.NOT_FOUND, () -> want(5, "fast", 3));
    refused(ErrorCode.NOT_FOUND, () -> want(-1, "fast", 3));
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(3, "Fast", 3));
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(3, "fast", 0));
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(3, "fast", 10));
    refused(ErrorCode.INVALID_ARGUMENT, () -> want(3, "", -1));
    want(2, "fast", 1);
    want(3, "", 0);
  }

  @Test
  void nobodyWhoMayHaveItIsLeftOutAndNobodyElseSettlesIt() {
    control(1);
    refused(ErrorCode.INVALID_ARGUMENT, () -> set(1, FAST, SHARED, 1));
    want(3, "fast", 3);
    refused(ErrorCode.MOVED, () -> set(2, FAST, SHARED, 1));
    refused(ErrorCode.INVALID_ARGUMENT, () -> set(1, members("x", "x"), SHARED, 1));
    refused(ErrorCode.INVALID_ARGUMENT, () -> set(1, FAST, List.of(), 1));
    set(1, FAST, SHARED, 1);
    refused(ErrorCode.INVALID_ARGUMENT, () -> set(2, members("u"), SHARED, 1));
    refused(ErrorCode.INVALID_ARGUMENT, () -> set(2, members("x", "y"), List.of(), 1));
    control(2);
    refused(ErrorCode.MOVED, () -> set(2, FAST, List.of(), 1));
    set(2, members("x", "y", "u"), members("a", "b", "c", "z"), 2);
    refused(ErrorCode.INVALID_ARGUMENT, () -> set(3, FAST, List.of(), 2));
    set(3, members("x", "y", "u"), List.of(), 2);
  }
}
