package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalCluster.Signal;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.cluster.local.Placements;
import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.http.Rest;
import io.vecraft.e2e.program.Program;
import io.vecraft.journal.catalog.NodePool;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Replicas move between real processes while clients write and read: a storage node is added and
 * takes its share, the collection moves to a pool of its own and back, a node is killed for good
 * and its replicas are made elsewhere. {@code -Dvecraft.faults.rounds=N} runs a tenth of that many,
 * {@code -Dvecraft.faults.seed=N} repeats the choices.
 */
class ClusterPlacementTest {
  private static final String COLLECTION = "docs";
  private static final int GRACE_S = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int REPLICAS = 2;

  @TempDir Path directory;

  @Test
  void replicasFollowTheStorageNodes() throws IOException {
    int rounds = Math.max(1, Integer.getInteger("vecraft.faults.rounds", 1) / 10);
    long seed = Long.getLong("vecraft.faults.seed", System.nanoTime());
    System.out.printf("Placement rounds: %d, -Dvecraft.faults.seed=%d%n", rounds, seed);
    var random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      round(directory.resolve("round-" + round), new Random(random.nextLong()));
    }
  }

  private static void round(Path directory, Random random) throws IOException {
    var shape = new ClusterShape(1, 2, 1, 1, 1, REPLICAS, GRACE_S, 2, 0, "160m", 1_000, false);
    LocalCluster cluster =
        LocalCluster.create(directory, shape, Program.command("160m"), Program.etcd());
    try {
      cluster.start();
      for (LocalProcess process : cluster.processes()) {
        cluster.awaitReady(process.name(), PATIENCE);
      }
      move(cluster, 2 + random.nextInt(3), random);
    } catch (IOException | RuntimeException | Error e) {
      for (LocalProcess process : cluster.processes()) {
        System.out.println("== " + process.name() + "\n" + cluster.logEnd(process.name()));
      }
      throw e;
    } finally {
      cluster.down();
    }
  }

  private static void move(LocalCluster cluster, int shards, Random random) throws IOException {
    URI server = URI.create(cluster.endpoints().getFirst());
    try (var rest = new Rest(server);
        var load = new PlacementLoad(server, COLLECTION, random)) {
      rest.send(
              "PUT",
              "/v1/collections/" + COLLECTION,
              "",
              "{\"dimension\":4,\"metric\":\"l2\",\"shards\":%d}".formatted(shards))
          .ok();
      awaitPlaced(cluster, shards, List.of("storage-1", "storage-2"));
      load.start();
      String added = add(cluster, NodePool.SHARED);
      Map<String, Integer> shared =
          awaitPlaced(cluster, shards, List.of("storage-1", "storage-2", added));
      System.out.println("Shared: " + shared + ", requests: " + load.requests());
      assertThat(load.failures()).isEmpty();

      assertThat(
              rest.send("PATCH", "/v1/collections/" + COLLECTION, "", "{\"pool\":\"own\"}")
                  .status())
          .as("a pool without nodes")
          .isEqualTo(409);
      var own = List.of(add(cluster, "own"), add(cluster, "own"));
      rest.send("PATCH", "/v1/collections/" + COLLECTION, "", "{\"pool\":\"own\"}").ok();
      System.out.println("In a pool: " + awaitPlaced(cluster, shards, own));
      rest.send("PATCH", "/v1/collections/" + COLLECTION, "", "{\"pool\":\"shared\"}").ok();
      awaitPlaced(cluster, shards, List.of("storage-1", "storage-2", added));
      assertThat(load.failures()).isEmpty();

      String victim = random.nextBoolean() ? "storage-1" : added;
      cluster.signal(victim, Signal.KILL);
      List<String> left = new ArrayList<>(List.of("storage-1", "storage-2", added));
      left.remove(victim);
      Map<String, Integer> after = awaitPlaced(cluster, shards, left);
      System.out.printf(
          "%s is gone: %s, requests: %d, of them failed: %s%n",
          victim, after, load.requests(), load.failures());
      load.end();
      load.compare();
      AgreeingReplicas.check(rest, COLLECTION, REPLICAS);
    }
  }

  private static String add(LocalCluster cluster, String pool) throws IOException {
    String added = cluster.addStorage(pool);
    cluster.start(added);
    cluster.awaitReady(added, PATIENCE);
    return added;
  }

  /** Waits until every shard has its replicas on these nodes, evenly, and nothing is under way. */
  private static Map<String, Integer> awaitPlaced(
      LocalCluster cluster, int shards, List<String> nodes) {
    Predicate<Map<String, Integer>> even =
        counts ->
            nodes.containsAll(counts.keySet())
                && counts.values().stream().mapToInt(n -> n).sum() == REPLICAS * shards
                && nodes.stream().allMatch(n -> counts.containsKey(n))
                && spread(counts) <= 1;
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> counts(cluster, shards), counts -> counts.filter(even).isPresent())
        .orElseThrow();
  }

  private static int spread(Map<String, Integer> counts) {
    int max = counts.values().stream().mapToInt(n -> n).max().orElse(0);
    int min = counts.values().stream().mapToInt(n -> n).min().orElse(0);
    return max - min;
  }

  /** Replicas that serve on each node; empty while it is not known or something moves. */
  private static Optional<Map<String, Integer>> counts(LocalCluster cluster, int shards) {
    Optional<JsonNode> told = Placements.ask(cluster);
    if (told.isEmpty() || told.get().path("shards").size() != shards) {
      return Optional.empty();
    }
    Map<String, Integer> counts = new TreeMap<>();
    for (JsonNode shard : told.get().path("shards")) {
      for (Map.Entry<String, JsonNode> replica : shard.path("replicas").properties()) {
        if (!replica.getValue().asText().equals("serving")) {
          return Optional.empty();
        }
        counts.merge(replica.getKey(), 1, Integer::sum);
      }
    }
    return Optional.of(counts);
  }
}
