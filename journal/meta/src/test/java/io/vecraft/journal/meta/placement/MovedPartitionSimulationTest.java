package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.PartitionHomes;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.SetPartitionGroup;
import io.vecraft.proto.journal.WantPartitionIn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A partition is wanted here and there while nodes are away, hear of SYSTEM late, or lose what they
 * knew. At every moment each replica that counts is there, unless its node lost it; in the end the
 * partition is where it is wanted and nobody else has anything of it.
 */
class MovedPartitionSimulationTest {
  private static final int PARTITION = 3;
  private static final int SEEDS = 2_000;
  private static final int STEPS = 150;
  private static final int CALM_STEPS = 400;
  private static final List<String> SHARED = List.of("a", "b", "c");
  private static final List<String> FAST = List.of("u", "v", "w", "x", "y");

  private static final class Run {
    final Random random;
    final ClusterRecord made;
    Catalog catalog = Catalog.empty(new Partitions(1));
    final List<PartitionGroup> log = new ArrayList<>();
    final Map<String, Node> nodes = new TreeMap<>();

    /** Ids of the replicas that count, as the partition's own log says. */
    Set<String> replicas = new TreeSet<>(SHARED);

    final Set<String> gone = new HashSet<>();

    Run(long seed) {
      random = new Random(seed);
      var record = ClusterRecord.newBuilder().setClockEpoch(1);
      SHARED.forEach(name -> record.addJournal(JournalMember.newBuilder().setName(name)));
      made = record.build();
      SHARED.forEach(name -> nodes.put(name, new Node(name, "")));
      FAST.forEach(name -> nodes.put(name, new Node(name, "fast")));
      nodes.values().forEach(node -> node.holds = node.pool.isEmpty());
      apply(Operation.newBuilder().setBeginControl(BeginControl.newBuilder().setEpoch(1)));
    }

    void apply(Operation.Builder operation) {
      catalog =
          catalog.apply(
              Record.newBuilder().setStamp(catalog.stamp() + 1).addOperations(operation).build());
    }

    JournalLayout layout() {
      return JournalLayout.of(catalog.cluster(), made);
    }

    void want() {
      boolean fast = random.nextBoolean();
      var wanted =
          WantPartitionIn.newBuilder()
              .setPartition(PARTITION)
              .setPool(fast ? "fast" : "")
              .setReplicas(fast ? 1 + random.nextInt(3) : random.nextInt(4));
      apply(Operation.newBuilder().setWantPartitionIn(wanted));
    }

    Set<String> present() {
      Set<String> present = new TreeSet<>();
      nodes.values().stream().filter(node -> node.up).forEach(node -> present.add(node.id()));
      return present;
    }

    boolean hasMajority(Set<String> ids) {
      long able =
          ids.stream()
              .filter(
                  id -> nodes.values().stream().anyMatch(n -> n.up && n.holds && n.id().equals(id)))
              .count();
      return able > ids.size() / 2;
    }

    /** What control does in a pass; the replicas change only where majorities of both can. */
    void control() {
      Map<String, JournalMember> wanted = new TreeMap<>();
      layout()
          .members(PARTITION)
          .forEach(member -> wanted.put(JournalLayout.replicaId(member), member));
      Optional<ReplicaPlace> place = ReplicaPlace.of(replicas, wanted, present());
      if (place.isPresent()) {
        String in = JournalLayout.replicaId(place.get().in());
        var next = new TreeSet<>(replicas);
        next.remove(place.get().out());
        next.add(in);
        boolean opened =
            nodes.values().stream()
                .anyMatch(n ->
                    n.up
                        && n.holds
                        && n.id().equals(in)
                        && n.heard(log) >= layout().of(PARTITION).getEpoch());
        if (opened && hasMajority(replicas) && hasMajority(next)) {
          replicas = next;
        }
        return;
      }
      PartitionPlan.of(
              catalog.cluster(),
              layout(),
              nodes.values().stream().filter(n -> n.up).map(Node::registration).toList(),
              gone,
              Set.of(),
              hasMajority(replicas) && present().containsAll(replicas)
                  ? Map.of(PARTITION, replicas)
                  : Map.of())
          .ifPresent(change -> {
            apply(
                Operation.newBuilder()
                    .setSetPartitionGroup(
                        SetPartitionGroup.newBuilder().setControlEpoch(1).setGroup(change.next())));
            log.add(change.next());
          });
    }

    void check() {
      for (Node node : nodes.values()) {
        if (replicas.contains(node.id())) {
          assertThat(node.holds).as("%s counts, and is deleted", node.id()).isTrue();
        }
      }
    }

    void step() {
      Node node = List.copyOf(nodes.values()).get(random.nextInt(nodes.size()));
      switch (random.nextInt(20)) {
        case 0 -> want();
        case 1 -> node.up = false;
        case 2 -> node.up = true;
        case 3 -> {
          // Only of the pool: the others are replaced by what is tested elsewhere. A majority of
          // those that count is never lost for good.
          if (!node.pool.isEmpty() && canDoWithout(node.id())) {
            node.generation++;
            node.holds = false;
            node.acted = 0;
            node.heard = 0;
          }
        }
        case 4 -> {
          if (!node.up) {
            gone.add(node.id());
          }
        }
        case 5, 6, 7, 8, 9, 10, 11, 12 -> control();
        case 13 -> node.heard = 0; // started again: it reads the log from the beginning
        default -> node.hear(log);
      }
      nodes.values().stream().filter(n -> n.up).forEach(n -> gone.remove(n.id()));
      check();
    }

    private boolean canDoWithout(String id) {
      long others =
          replicas.stream()
              .filter(other -> !other.equals(id))
              .filter(
                  other -> nodes.values().stream().anyMatch(n -> n.holds && n.id().equals(other)))
              .count();
      return !replicas.contains(id) || others > replicas.size() / 2;
    }

    void calm() {
      nodes.values().forEach(node -> node.up = true);
      gone.clear();
      for (int i = 0; i < CALM_STEPS; i++) {
        control();
        nodes.values().forEach(node -> node.hear(log));
        check();
      }
      PartitionHomes.of(catalog.cluster(), PARTITION)
          .ifPresent(own -> {
            assertThat(PartitionHomes.isThere(own))
                .as("%s%n%s of %s", own, replicas, nodes.values())
                .isTrue();
            int wanted = own.getWanted().getReplicas();
            assertThat(replicas).hasSize(wanted == 0 ? SHARED.size() : wanted);
          });
      boolean own = !layout().of(PARTITION).getMembersList().isEmpty();
      for (Node node : nodes.values()) {
        assertThat(node.holds)
            .as("%s, of %s", node.id(), replicas)
            .isEqualTo(replicas.contains(node.id()) || (!own && node.pool.isEmpty()));
      }
    }
  }

  private static final class Node {
    final String name;
    final String pool;
    int generation = 1;
    boolean up = true;
    boolean holds;

    /** Epoch of the last change that it made, which it keeps. */
    long acted;

    int heard;

    Node(String name, String pool) {
      this.name = name;
      this.pool = pool;
    }

    String id() {
      return generation == 1 ? name : name + "~" + generation;
    }

    @Override
    public String toString() {
      return id() + (holds ? " has it" : "") + ", has heard " + heard;
    }

    NodeRegistration registration() {
      return NodeRegistration.newBuilder()
          .setName(name)
          .setReplica(id())
          .setAddress(name + ":1")
          .setRaftAddress(name + ":2")
          .setPool(pool)
          .build();
    }

    /** Epoch of the last change that it has heard of since it was started. */
    long heard(List<PartitionGroup> log) {
      return heard == 0 ? 0 : log.get(heard - 1).getEpoch();
    }

    /** The next change in the log, as a journal node takes it. */
    void hear(List<PartitionGroup> log) {
      if (!up || heard == log.size()) {
        return;
      }
      PartitionGroup group = log.get(heard++);
      boolean here =
          group.getMembersCount() == 0
              ? pool.isEmpty()
              : group.getMembersList().stream()
                  .anyMatch(member -> JournalLayout.replicaId(member).equals(id()));
      boolean newer = group.getEpoch() > acted;
      if (here && !holds && newer) {
        holds = true;
        acted = group.getEpoch();
      } else if (!here && group.getBeforeCount() == 0 && newer) {
        holds = false;
        acted = group.getEpoch();
      }
    }
  }

  @Test
  void whatCountsIsNeverDeletedAndInTheEndItIsWhereItIsWanted() {
    long base = Long.getLong("vecraft.moves.seed", System.nanoTime());
    int seeds = Long.getLong("vecraft.moves.seed") == null ? SEEDS : 1;
    for (int i = 0; i < seeds; i++) {
      long seed = base + i;
      try {
        var run = new Run(seed);
        for (int step = 0; step < STEPS; step++) {
          run.step();
        }
        run.calm();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("-Dvecraft.moves.seed=" + seed, e);
      }
    }
    System.out.printf("Moves of a partition: %d seeds from %d%n", seeds, base);
  }
}
