package io.vecraft.operator.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * Whether shards have the replicas that they should have: a Pod that is ready serves what its
 * checkpoints had, and may have much to replay. As a pure function of what the gateways tell.
 */
public final class CaughtUp {
  private static final long STALE_MS = 10_000;

  private CaughtUp() {}

  /**
   * Why not; empty when all have caught up.
   *
   * @param collections descriptions of all collections
   * @param storages storage nodes
   * @param usual storage nodes that have each shard of a collection that says nothing about it
   */
  public static Optional<String> problem(JsonNode collections, int storages, int usual) {
    for (JsonNode collection : collections) {
      int wanted = Math.min(storages, collection.path("replicas").asInt(usual));
      for (JsonNode shard : collection.path("shard_states")) {
        String of =
            "shard %d of %s"
                .formatted(shard.path("shard").asInt(), collection.path("name").asText());
        if (shard.path("replicas").size() < wanted) {
          return Optional.of(
              "%s has %d of %d replicas".formatted(of, shard.path("replicas").size(), wanted));
        }
        for (JsonNode replica : shard.path("replicas")) {
          long stale = replica.path("staleness_ms").asLong();
          if (stale > STALE_MS) {
            return Optional.of(
                "%s is %d ms behind on %s".formatted(of, stale, replica.path("node").asText()));
          }
        }
      }
    }
    return Optional.empty();
  }
}
