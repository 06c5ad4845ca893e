package io.vecraft.journal.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.LeavingNode;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.SetJournalGroup;
import io.vecraft.proto.journal.SetNodeLeaving;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClusterChangesTest {
  private Catalog catalog = Catalog.empty(new Partitions(1));

  private void apply(Operation.Builder operation) {
    catalog =
        catalog.apply(
            Record.newBuilder().setStamp(catalog.stamp() + 1).addOperations(operation).build());
  }

  private void leaving(String node, boolean leaving, boolean forced) {
    apply(
        Operation.newBuilder()
            .setSetNodeLeaving(
                SetNodeLeaving.newBuilder().setNode(node).setLeaving(leaving).setForced(forced)));
  }

  private void control(long epoch) {
    apply(
        Operation.newBuilder()
            .setBeginControl(BeginControl.newBuilder().setEpoch(epoch).setName("c")));
  }

  private void journal(long epoch, long control, List<String> before, List<String> members) {
    apply(
        Operation.newBuilder()
            .setSetJournalGroup(
                SetJournalGroup.newBuilder()
                    .setControlEpoch(control)
                    .setGroup(
                        JournalGroup.newBuilder()
                            .setEpoch(epoch)
                            .addAllMembers(members(members))
                            .addAllBefore(members(before)))));
  }

  private static List<JournalMember> members(List<String> ids) {
    return ids.stream().map(id -> JournalMember.newBuilder().setName(id).build()).toList();
  }

  private static void refused(ErrorCode code, Runnable change) {
    assertThatThrownBy(change::run)
        .isInstanceOfSatisfying(VecraftException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private List<String> leaving() {
    return catalog.cluster().getLeavingList().stream().map(LeavingNode::getNode).toList();
  }

  @Test
  void aNodeLeavesUntilItIsToldToStay() {
    leaving("b", true, false);
    leaving("a", true, false);
    assertThat(leaving()).containsExactly("a", "b");
    long since = catalog.cluster().getLeaving(0).getSinceStamp();
    leaving("a", true, true);
    assertThat(catalog.cluster().getLeaving(0).getForced()).isTrue();
    assertThat(catalog.cluster().getLeaving(0).getSinceStamp()).isEqualTo(since);
    leaving("a", false, false);
    leaving("nobody", false, false);
    assertThat(leaving()).containsExactly("b");
  }

  @Test
  void marksHaveALimit() {
    Stream.iterate(0, n -> n + 1)
        .limit(ClusterChanges.LEAVING_MAX)
        .forEach(n -> leaving("node-" + n, true, false));
    refused(ErrorCode.INVALID_ARGUMENT, () -> leaving("one-more", true, false));
    refused(ErrorCode.INVALID_ARGUMENT, () -> leaving("", true, false));
    refused(ErrorCode.INVALID_ARGUMENT, () -> leaving("n".repeat(64), true, false));
  }

  @Test
  void oneGroupOfTheJournalFollowsAnother() {
    control(1);
    journal(2, 1, List.of("a", "b", "c"), List.of("a", "b", "d"));
    assertThat(catalog.cluster().getJournal().getEpoch()).isEqualTo(2);
    // Another one that was planned for the same epoch.
    refused(ErrorCode.MOVED, () -> journal(2, 1, List.of("a", "b", "c"), List.of("a", "b", "e")));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        () -> journal(3, 1, List.of("a", "b", "c"), List.of("a", "b", "e")));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        () -> journal(3, 1, List.of("a", "b", "d"), List.of("a", "a", "e")));
    journal(3, 1, List.of("a", "b", "d"), List.of("a", "e", "d"));
    assertThat(catalog.cluster().getJournal().getEpoch()).isEqualTo(3);
  }

  @Test
  void aControlProcessThatWasFollowedChangesNoGroup() {
    control(1);
    control(2);
    refused(ErrorCode.MOVED, () -> journal(2, 1, List.of("a"), List.of("b")));
    journal(2, 2, List.of("a"), List.of("b"));
    assertThat(catalog.controlEpoch()).isEqualTo(2);
  }
}
