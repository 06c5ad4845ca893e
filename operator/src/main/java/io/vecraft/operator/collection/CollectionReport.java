package io.vecraft.operator.collection;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.crd.collection.Collection;
import io.vecraft.crd.collection.CollectionStatus;
import io.vecraft.crd.common.ConditionStatus;
import io.vecraft.operator.status.Conditions;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is seen of a collection, as its status. For one pass. */
final class CollectionReport {
  static final String READY = "Ready";
  static final String REACHABLE = "Reachable";
  static final String APPLIED = "Applied";

  private final Collection resource;
  private final Conditions conditions;
  private @Nullable Long id;

  CollectionReport(Collection resource, Clock clock) {
    this.resource = resource;
    Optional<CollectionStatus> before = Optional.ofNullable(resource.getStatus());
    this.id = before.map(CollectionStatus::id).orElse(null);
    this.conditions =
        new Conditions(
            before.map(CollectionStatus::conditions).orElse(List.of()),
            resource.getMetadata().getGeneration(),
            clock);
  }

  /** The cluster could not be asked: nothing is known of the collection. */
  void unreachable(String why) {
    conditions.add(READY, false, "Unreachable", why);
    conditions.add(REACHABLE, false, "Unreachable", why);
    conditions.add(APPLIED, ConditionStatus.UNKNOWN, "Unreachable", why);
  }

  /** The cluster will make it what is wanted once something else is there. */
  void waiting(String why) {
    refused("Waiting", why);
  }

  /** The cluster does not make it what is wanted. */
  void refused(String reason, String why) {
    conditions.add(READY, false, reason, why);
    reachable();
    conditions.add(APPLIED, false, reason, why);
  }

  /**
   * It is what is wanted.
   *
   * @param present its description; a new collection may not have one yet
   */
  void applied(Optional<JsonNode> present) {
    int shards = resource.getSpec().shards();
    long served = present.map(CollectionReport::servedShards).orElse(0L);
    present.ifPresent(p -> id = p.path("id").asLong());
    conditions.add(
        READY,
        served >= shards,
        served >= shards ? "Ready" : "Opening",
        "%d of %d shards have a replica".formatted(served, shards));
    reachable();
    conditions.add(APPLIED, true, "Applied", "the collection is what the resource says");
  }

  private void reachable() {
    conditions.add(REACHABLE, true, "Answered", "the gateways of the cluster answer");
  }

  private static long servedShards(JsonNode description) {
    long served = 0;
    for (JsonNode shard : description.path("shard_states")) {
      served += shard.path("replicas").isEmpty() ? 0 : 1;
    }
    return served;
  }

  CollectionStatus status() {
    return new CollectionStatus(
        resource.getMetadata().getGeneration(), conditions.list(), resource.collectionName(), id);
  }
}
