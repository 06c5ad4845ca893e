package io.vecraft.operator.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;

/**
 * Whether shards have the replicas that they should have: a Pod that is ready serves what its
 * checkpoints had, and may have much to replay. As a pure function of what the gateways tell; no
 * machine's clock is involved.
 */
public final class CaughtUp {
  /** The pool of storage nodes that are everybody's. */
  public static final String SHARED = "shared";

  private static final long BEHIND_MS = 10_000;

  /** Of a stamp; the rest is milliseconds. */
  private static final int COUNTER_AND_SLOT_BITS = 19;

  private CaughtUp() {}

  /**
   * Why a partition of the journal takes no writes; empty when all do.
   *
   * @param partitions of the journal
   */
  public static Optional<String> withoutLeader(JsonNode partitions) {
    for (JsonNode partition : partitions) {
      if (partition.path("leader").asText().isEmpty()) {
        return Optional.of("partition %d has no leader".formatted(partition.path("id").asInt()));
      }
    }
    return Optional.empty();
  }

  /**
   * Why not all replicas of shards have caught up; empty when they have.
   *
   * @param partitions of the journal, asked for before the collections
   * @param collections descriptions of all collections
   * @param storages storage nodes of each pool
   * @param usual storage nodes that have each shard of a collection that says nothing about it
   */
  public static Optional<String> problem(
      JsonNode partitions, JsonNode collections, Map<String, Integer> storages, int usual) {
    long closed = 0;
    for (JsonNode partition : partitions) {
      closed = Math.max(closed, partition.path("closed_stamp").asLong());
    }
    for (JsonNode collection : collections) {
      int nodes = storages.getOrDefault(collection.path("pool").asText(SHARED), 0);
      int wanted = Math.min(nodes, collection.path("replicas").asInt(usual));
      for (JsonNode shard : collection.path("shard_states")) {
        String of =
            "shard %d of %s"
                .formatted(shard.path("shard").asInt(), collection.path("name").asText());
        Optional<String> problem = problem(of, shard.path("replicas"), wanted, closed);
        if (problem.isPresent()) {
          return problem;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> problem(
      String shard, JsonNode replicas, int wanted, long closed) {
    if (replicas.size() < wanted) {
      return Optional.of("%s has %d of %d replicas".formatted(shard, replicas.size(), wanted));
    }
    for (JsonNode replica : replicas) {
      long behindMs = (closed - replica.path("frontier").asLong()) >> COUNTER_AND_SLOT_BITS;
      if (behindMs > BEHIND_MS) {
        return Optional.of(
            "%s is %d ms behind the journal on %s"
                .formatted(shard, behindMs, replica.path("node").asText()));
      }
    }
    return Optional.empty();
  }
}
