package io.vecraft.operator.partition;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.common.ConditionStatus;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.JournalPartitionStatus;
import io.vecraft.operator.status.Conditions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is seen of a partition, as its status; a pure function of what the gateways tell. */
final class PartitionReport {
  static final String READY = "Ready";

  private PartitionReport() {}

  /** The gateways could not be asked: what they told last stands. */
  static JournalPartitionStatus unreachable(JournalPartition resource, String why, Clock clock) {
    Optional<JournalPartitionStatus> before = Optional.ofNullable(resource.getStatus());
    Conditions conditions = conditions(resource, clock);
    conditions.add(READY, ConditionStatus.UNKNOWN, "Unreachable", why);
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
   */
  static JournalPartitionStatus of(JournalPartition resource, JsonNode partitions, Clock clock) {
    int number = resource.getSpec().partition();
    Conditions conditions = conditions(resource, clock);
    for (JsonNode partition : partitions) {
      if (partition.path("id").asInt(-1) == number) {
        String leader = partition.path("leader").asText();
        state(partition, leader, conditions);
        List<String> replicas = new ArrayList<>();
        partition.path("replicas").forEach(r -> replicas.add(r.asText()));
        return new JournalPartitionStatus(
            resource.getMetadata().getGeneration(),
            conditions.list(),
            leader.isEmpty() ? null : leader,
            replicas.stream().sorted().toList());
      }
    }
    conditions.add(READY, false, "Missing", "the cluster has no partition " + number);
    return new JournalPartitionStatus(
        resource.getMetadata().getGeneration(), conditions.list(), null, List.of());
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
