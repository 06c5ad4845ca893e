package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.journal.OwnPartition;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.WantPartitionIn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PartitionPlanTest {
  private final Map<String, NodeRegistration> nodes = new TreeMap<>();
  private final Set<String> gone = new HashSet<>();
  private final Set<String> leaving = new HashSet<>();
  private Set<String> replicas = new TreeSet<>(Set.of("a", "b", "c"));
  private OwnPartition own = OwnPartition.getDefaultInstance();

  PartitionPlanTest() {
    List.of("a", "b", "c", "d").forEach(name -> register(name, "", ""));
  }

  private void register(String id, String pool, String zone) {
    String name = id.substring(0, 1);
    nodes.put(
        name,
        NodeRegistration.newBuilder()
            .setName(name)
            .setReplica(id)
            .setAddress(name + ":1")
            .setRaftAddress(name + ":2")
            .setPool(pool)
            .setZone(zone)
            .build());
  }

  private void want(String pool, int count) {
    own =
        own.toBuilder()
            .setWanted(
                WantPartitionIn.newBuilder().setPartition(3).setPool(pool).setReplicas(count))
            .build();
  }

  private JournalLayout layout() {
    var made = ClusterRecord.newBuilder().setClockEpoch(1);
    for (String name : List.of("a", "b", "c")) {
      made.addJournal(JournalMember.newBuilder().setName(name));
    }
    return JournalLayout.of(state(), made.build());
  }

  private ClusterState state() {
    return ClusterState.newBuilder().addOwn(own).build();
  }

  /** Ids of the members that are planned next, or what settles it; empty for no change. */
  private Optional<List<String>> plan() {
    Optional<PartitionGroup> next =
        PartitionPlan.of(
                state(),
                layout(),
                List.copyOf(nodes.values()),
                gone,
                leaving,
                Map.of(3, Set.copyOf(replicas)))
            .map(PartitionPlan.Change::next);
    next.ifPresent(group -> {
      assertThat(group.getEpoch()).isEqualTo(own.getGroup().getEpoch() + 1);
      own = own.toBuilder().setGroup(group).build();
    });
    return next.map(
        group -> group.getMembersList().stream().map(JournalLayout::replicaId).toList());
  }

  private boolean isSettled() {
    return own.getGroup().getBeforeCount() == 0;
  }

  /** The replicas come to where they are to be, and the group is settled. */
  private void arrive() {
    var members = new ArrayList<String>();
    layout().members(3).forEach(m -> members.add(JournalLayout.replicaId(m)));
    replicas = new TreeSet<>(members);
    assertThat(isSettled()).isFalse();
    assertThat(plan()).isPresent();
    assertThat(isSettled()).isTrue();
    assertThat(plan()).isEmpty();
  }

  @Test
  void itGoesToAPoolOnceThatHasEnoughNodesAndComesBack() {
    want("fast", 3);
    register("x", "fast", "");
    register("y", "fast", "");
    assertThat(plan()).isEmpty();
    register("z", "fast", "");
    assertThat(plan()).contains(List.of("x", "y", "z"));
    assertThat(plan()).isEmpty();
    replicas = new TreeSet<>(Set.of("a", "x", "y"));
    assertThat(plan()).isEmpty();
    arrive();
    want("", 0);
    assertThat(plan()).contains(List.of());
    arrive();
    assertThat(replicas).containsExactly("a", "b", "c");
  }

  @Test
  void someOfTheSharedNodesHaveItAndNoSpareDoes() {
    want("", 2);
    assertThat(plan()).contains(List.of("a", "b"));
    arrive();
    want("", 3);
    assertThat(plan()).contains(List.of("a", "b", "c"));
    arrive();
    want("", 4);
    assertThat(plan()).isEmpty();
    want("", 1);
    gone.add("a");
    assertThat(plan()).contains(List.of("b"));
  }

  @Test
  void anotherNodeOfThePoolGetsThePlaceOfOneThatIsLost() {
    want("fast", 2);
    List.of("u", "v").forEach(name -> register(name, "fast", ""));
    assertThat(plan()).contains(List.of("u", "v"));
    // It is lost while it comes.
    gone.add("v");
    assertThat(plan()).isEmpty();
    register("w", "fast", "");
    assertThat(plan()).contains(List.of("u", "w"));
    assertThat(layout().mayLead(3)).hasSize(6);
    arrive();
    // A node that is not registered for a moment keeps its place.
    nodes.remove("w");
    assertThat(plan()).isEmpty();
    register("x", "fast", "");
    leaving.add("u");
    assertThat(plan()).contains(List.of("w", "x"));
    arrive();
    register("x~2", "fast", "");
    assertThat(plan()).contains(List.of("w", "x~2"));
    arrive();
    register("x", "fast", "");
    assertThat(plan()).isEmpty();
  }

  @Test
  void nodesOfOtherZonesAreTakenFirst() {
    want("fast", 3);
    register("u", "fast", "1");
    register("v", "fast", "1");
    register("w", "fast", "2");
    register("x", "fast", "3");
    assertThat(plan()).contains(List.of("u", "w", "x"));
  }
}
