package io.vecraft.e2e.history;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.e2e.http.Rest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** Compares the replicas of a collection's shards, each at one stamp. */
public final class AgreeingReplicas {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private AgreeingReplicas() {}

  /** Waits until so many replicas of each shard can be compared: then all must be the same. */
  public static void check(Rest rest, String collection, int replicas) {
    JsonNode answer =
        Awaitility.await()
            .atMost(PATIENCE)
            .until(
                () -> rest.get("/v1/collections/" + collection + "/checksums").ok(),
                told -> complete(told, replicas));
    for (JsonNode shard : answer.path("shards")) {
      if (checksums(shard).stream().distinct().count() != 1) {
        throw new AssertionError("replicas differ: " + shard);
      }
    }
  }

  /** One that was just started may not serve yet. */
  private static boolean complete(JsonNode told, int replicas) {
    boolean complete = true;
    for (JsonNode shard : told.path("shards")) {
      complete &= checksums(shard).size() == replicas;
    }
    return complete && !told.path("shards").isEmpty();
  }

  private static List<String> checksums(JsonNode shard) {
    List<String> checksums = new ArrayList<>();
    for (JsonNode replica : shard.path("replicas")) {
      if (replica.has("checksum")) {
        checksums.add(replica.path("checksum").asText());
      }
    }
    return checksums;
  }
}
