package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.cluster.local.Placements;
import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.http.Rest;
import io.vecraft.e2e.program.Program;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A storage node is told to leave while clients write and read: what it has is made elsewhere, then
 * taken from it, its process ends, and no request fails. {@code -Dvecraft.faults.seed=N} repeats
 * the choices.
 */
class DrainedNodeTest {
  private static final String COLLECTION = "docs";
  private static final int REPLICAS = 2;
  private static final int SHARDS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  @TempDir Path directory;

  @Test
  void aNodeThatLeavesTakesNothingWithIt() throws IOException {
    long seed = Long.getLong("vecraft.faults.seed", System.nanoTime());
    System.out.printf("A node leaves: -Dvecraft.faults.seed=%d%n", seed);
    var shape = new ClusterShape(1, 3, 1, 1, 1, REPLICAS, 300, 2, 0, "160m", 1_000, false);
    LocalCluster cluster =
        LocalCluster.create(directory, shape, Program.command("160m"), Program.etcd());
    try {
      cluster.start();
      for (LocalProcess process : cluster.processes()) {
        cluster.awaitReady(process.name(), PATIENCE);
      }
      leave(cluster, new Random(seed));
    } catch (IOException | RuntimeException | Error e) {
      for (LocalProcess process : cluster.processes()) {
        System.out.println("== " + process.name() + "\n" + cluster.logEnd(process.name()));
      }
      throw e;
    } finally {
      cluster.down();
    }
  }

  private static void leave(LocalCluster cluster, Random random) throws IOException {
    URI server = URI.create(cluster.endpoints().getFirst());
    String leaver = "storage-" + (1 + random.nextInt(3));
    String other = leaver.equals("storage-1") ? "storage-2" : "storage-1";
    try (var rest = new Rest(server);
        var load = new PlacementLoad(server, COLLECTION, random)) {
      rest.send(
              "PUT",
              "/v1/collections/" + COLLECTION,
              "",
              "{\"dimension\":4,\"metric\":\"l2\",\"shards\":%d}".formatted(SHARDS))
          .ok();
      awaitReplicas(cluster, Optional.empty());
      load.start();

      Rest.Reply unknown = drain(rest, "storage-9");
      assertThat(unknown.code()).as("%s", unknown).isEqualTo("not_found");
      drain(rest, leaver).ok();
      awaitReplicas(cluster, Optional.of(leaver));
      JsonNode leaving = rest.get("/v1/cluster").ok().path("leaving").path(0);
      assertThat(leaving.path("node").asText()).isEqualTo(leaver);
      assertThat(leaving.path("replicas_left").asInt()).as("%s", leaving).isZero();

      Rest.Reply tooFew = drain(rest, other);
      assertThat(tooFew.code()).as("%s", tooFew).isEqualTo("conflict");

      cluster.stop(leaver, PATIENCE);
      assertThat(cluster.process(leaver).handle()).isEmpty();
      load.end();
      System.out.println(leaver + " has left; requests: " + load.requests());
      assertThat(load.failures()).isEmpty();
      load.compare();
      AgreeingReplicas.check(rest, COLLECTION, REPLICAS);
    }
  }

  private static Rest.Reply drain(Rest rest, String node) throws IOException {
    return rest.send("PUT", "/v1/nodes/" + node + "/drain", "", "{}");
  }

  /** Waits until every shard has its replicas, all of them serve, and none is on that node. */
  private static void awaitReplicas(LocalCluster cluster, Optional<String> but) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> Placements.ask(cluster).filter(told -> placed(told, but)).isPresent());
  }

  private static boolean placed(JsonNode told, Optional<String> but) {
    boolean placed = told.path("shards").size() == SHARDS;
    for (JsonNode shard : told.path("shards")) {
      JsonNode replicas = shard.path("replicas");
      placed &= replicas.size() == REPLICAS;
      placed &= replicas.valueStream().allMatch(stage -> stage.asText().equals("serving"));
      placed &= but.isEmpty() || !replicas.has(but.get());
    }
    return placed;
  }
}
