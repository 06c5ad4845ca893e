package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.NodeRegistration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JournalPlanTest {
  private static final JournalGroup GROUP = group(4, "a", "b", "c~2");

  private static JournalGroup group(long epoch, String... ids) {
    return JournalGroup.newBuilder()
        .setEpoch(epoch)
        .addAllMembers(
            Arrays.stream(ids)
                .map(id ->
                    JournalMember.newBuilder()
                        .setName(id.substring(0, 1))
                        .setReplica(id.length() == 1 ? "" : id)
                        .setAddress(id.substring(0, 1) + ":1")
                        .setRaftAddress(id.substring(0, 1) + ":2")
                        .build())
                .toList())
        .build();
  }

  private static List<NodeRegistration> registered(String... ids) {
    return Arrays.stream(ids)
        .map(id ->
            NodeRegistration.newBuilder()
                .setName(id.substring(0, 1))
                .setReplica(id)
                .setAddress(id.substring(0, 1) + ":1")
                .setRaftAddress(id.substring(0, 1) + ":2")
                .build())
        .toList();
  }

  private static Optional<List<String>> plan(
      List<NodeRegistration> registered, Set<String> gone, Set<String> leaving) {
    Optional<JournalPlan.Change> change = JournalPlan.of(GROUP, registered, gone, leaving);
    change.ifPresent(c -> {
      assertThat(c.next().getEpoch()).isEqualTo(5);
      assertThat(c.next().getBeforeList()).isEqualTo(GROUP.getMembersList());
    });
    return change.map(
        c -> c.next().getMembersList().stream().map(JournalLayout::replicaId).toList());
  }

  @Test
  void nothingChangesWhileEverybodyIsWhoTheyWere() {
    assertThat(plan(registered("a", "b", "c~2", "d"), Set.of(), Set.of())).isEmpty();
    assertThat(plan(registered("a", "b"), Set.of(), Set.of())).isEmpty();
  }

  @Test
  void aNodeThatHasLostWhatItKnewGetsItsOwnPlace() {
    assertThat(plan(registered("a", "b", "c~3", "d"), Set.of("b"), Set.of()))
        .contains(List.of("a", "b", "c~3"));
  }

  @Test
  void aSpareGetsThePlaceOfOneThatIsGoneOrLeaves() {
    assertThat(plan(registered("a", "c~2", "e", "d"), Set.of("b"), Set.of()))
        .contains(List.of("a", "d", "c~2"));
    assertThat(plan(registered("a", "b", "c~2", "d"), Set.of(), Set.of("a")))
        .contains(List.of("d", "b", "c~2"));
  }

  @Test
  void withoutASpareThatStaysNothingChanges() {
    assertThat(plan(registered("a", "c~2"), Set.of("b"), Set.of())).isEmpty();
    assertThat(plan(registered("a", "c~2", "d"), Set.of("b"), Set.of("d"))).isEmpty();
    NodeRegistration nowhere = NodeRegistration.newBuilder().setName("d").setReplica("d").build();
    assertThat(plan(List.of(nowhere), Set.of("b"), Set.of())).isEmpty();
  }

  @Test
  void aReplacedProcessDoesNotGetItsPlaceBack() {
    assertThat(plan(registered("a", "b", "c"), Set.of(), Set.of())).isEmpty();
    assertThat(plan(registered("a", "b", "c~1"), Set.of(), Set.of())).isEmpty();
    assertThat(plan(registered("a", "b", "c~10"), Set.of(), Set.of()))
        .contains(List.of("a", "b", "c~10"));
  }
}
