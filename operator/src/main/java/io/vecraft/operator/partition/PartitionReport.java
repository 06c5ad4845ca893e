package io.vecraft.operator.partition;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.common.ConditionStatus;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.JournalPartitionSpec;
import io.vecraft.crd.partition.JournalPartitionStatus;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.status.Conditions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is seen of a partition, as its status; a pure function of what the gateways tell. */
final class PartitionReport {
  static final String READY = "Ready";
  static final String PLACED = "Placed";

  /** Pool of the journal nodes that are everybody's. */
  private static final String SHARED = "shared";

  /**
   * Where a partition is to be.
   *
   * @param pool of journal nodes
   * @param replicas 0 for as many as the cluster has journal nodes
   */
  record Wish(String pool, int replicas) {
    /** Where partitions are of which nothing is said. */
    static final Wish USUAL = new Wish(SHARED, 0);

    static Wish of(JournalPartition resource) {
      JournalPartitionSpec spec = resource.getSpec();
      return new Wish(
          spec.ownStorage().isPresent() ? Gateway.poolOf(spec.partition()) : SHARED,
          spec.wantedReplicas());
    }

    @Override
    public String toString() {
      return (replicas == 0 ? "all" : Integer.toString(replicas)) + " of the pool " + pool;
    }
  }

  /** Where the engine is told to have a partition; empty where it does not tell of it. */
  static Optional<Wish> told(JournalPartition resource, JsonNode partitions) {
    for (JsonNode partition : partitions) {
      if (partition.path("id").asInt(-1) == resource.getSpec().partition()
          && partition.has("pool")) {
        return Optional.of(
            new Wish(partition.path("pool").asText(), partition.path("replicas_wanted").asInt()));
      }
    }
    return Optional.empty();
  }

  private PartitionReport() {}

  /** The gateways could not be asked: what they told last stands. */
  static JournalPartitionStatus unreachable(JournalPartition resource, String why, Clock clock) {
    Optional<JournalPartitionStatus> before = Optional.ofNullable(resource.getStatus());
    Conditions conditions = conditions(resource, clock);
    conditions.add(READY, ConditionStatus.UNKNOWN, "Unreachable", why);
    conditions.add(PLACED, ConditionStatus.UNKNOWN, "Unreachable", why);
    return new JournalPartitionStatus(
        resource.getMetadata().getGeneration(),
        conditions.list(),
        before.map(JournalPartitionStatus::leader).orElse(null),
        before.map(JournalPartitionStatus::replicas).orElse(List.of()));
  }

  /**
   * What the gateways tell.
   *
   * @param partitions of the journal
   * @param refused why the engine could not be told where it is to be; empty where it was, or has
   *     been before
   */
  static JournalPartitionStatus of(
      JournalPartition resource, JsonNode partitions, Optional<String> refused, Clock clock) {
    int number = resource.getSpec().partition();
    Conditions conditions = conditions(resource, clock);
    for (JsonNode partition : partitions) {
      if (partition.path("id").asInt(-1) == number) {
        String leader = partition.path("leader").asText();
        state(partition, leader, conditions);
        List<String> replicas = new ArrayList<>();
        partition.path("replicas").forEach(r -> replicas.add(r.asText()));
        place(
            Wish.of(resource),
            told(resource, partitions),
            partition.path("moving").asBoolean(),
            refused,
            String.join(", ", replicas.stream().sorted().toList()),
            conditions);
        return new JournalPartitionStatus(
            resource.getMetadata().getGeneration(),
            conditions.list(),
            leader.isEmpty() ? null : leader,
            replicas.stream().sorted().toList());
      }
    }
    conditions.add(READY, false, "Missing", "the cluster has no partition " + number);
    conditions.add(PLACED, false, "Missing", "the cluster has no partition " + number);
    return new JournalPartitionStatus(
        resource.getMetadata().getGeneration(), conditions.list(), null, List.of());
  }

  private static void place(
      Wish wanted,
      Optional<Wish> told,
      boolean moving,
      Optional<String> refused,
      String nodes,
      Conditions conditions) {
    if (refused.isPresent()) {
      conditions.add(PLACED, false, "Refused", refused.get());
    } else if (told.isEmpty() && !wanted.equals(Wish.USUAL)) {
      conditions.add(
          PLACED, false, "Unsupported", "the image of the cluster is too old to place partitions");
    } else if (moving || !told.orElse(Wish.USUAL).equals(wanted)) {
      conditions.add(
          PLACED, false, "Moving", "it is to be on %s, and is on %s".formatted(wanted, nodes));
    } else {
      conditions.add(PLACED, true, "InPlace", "it is on " + nodes);
    }
  }

  private static void state(JsonNode partition, String leader, Conditions conditions) {
    if (leader.isEmpty()) {
      conditions.add(READY, false, "NoLeader", "it has no leader, and takes no writes");
    } else if (!partition.path("damage").isEmpty()) {
      conditions.add(
          READY, false, "Damaged", "damaged: " + partition.path("damage").path(0).asText());
    } else {
      conditions.add(READY, true, "Ready", "it has a leader, and takes writes");
    }
  }

  private static Conditions conditions(JournalPartition resource, Clock clock) {
    List<ConditionState> before =
        Optional.ofNullable(resource.getStatus())
            .map(JournalPartitionStatus::conditions)
            .orElse(List.of());
    return new Conditions(before, resource.getMetadata().getGeneration(), clock);
  }
}
