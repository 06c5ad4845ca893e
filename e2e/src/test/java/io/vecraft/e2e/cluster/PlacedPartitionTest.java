package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalCluster.Signal;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.e2e.http.Rest;
import io.vecraft.e2e.program.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A partition of the journal goes to nodes of its own under clients that read and write, loses one
 * of them and what that knew, and comes back.
 */
class PlacedPartitionTest {
  private static final int GRACE_S = 3;
  private static final int PARTITION = 3;
  private static final String FILES = "partition-003";
  private static final String POOL = "fast";
  private static final Set<String> FIRST = Set.of("journal-1", "journal-2", "journal-3");
  private static final Set<String> OWN = Set.of("journal-4", "journal-5", "journal-6");
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  @TempDir Path directory;

  @Test
  void aPartitionHasNodesOfItsOwnAndNothingIsLost() throws IOException {
    long seed = Long.getLong("vecraft.faults.seed", System.nanoTime());
    System.out.printf("A partition is placed: -Dvecraft.faults.seed=%d%n", seed);
    var shape = new ClusterShape(3, 2, 1, 1, 1, 2, GRACE_S, 2, 0, "192m", 1_000, false);
    LocalCluster cluster =
        LocalCluster.create(directory, shape, Program.command("192m"), Program.etcd());
    try {
      cluster.start();
      for (LocalProcess process : cluster.processes()) {
        cluster.awaitReady(process.name(), PATIENCE);
      }
      UnderClients.run(cluster, new Random(seed), rest -> place(cluster, rest));
    } catch (IOException | RuntimeException | Error e) {
      for (LocalProcess process : cluster.processes()) {
        System.out.println("== " + process.name() + "\n" + cluster.logEnd(process.name()));
      }
      throw e;
    } finally {
      cluster.down();
    }
  }

  private void place(LocalCluster cluster, Rest rest) throws IOException {
    // There is nobody in the pool: it stays where it is, and takes writes.
    want(rest, "{\"pool\":\"" + POOL + "\"}");
    assertThat(partition(rest).path("moving").asBoolean()).isTrue();
    for (int i = 0; i < OWN.size(); i++) {
      String added = cluster.addJournal(POOL);
      assertThat(OWN).contains(added);
      cluster.start(added);
    }
    isOn(rest, OWN);
    FIRST.forEach(name -> deleted(name));
    System.out.println("The partition has nodes of its own");

    String lost = partition(rest).path("leader").asText();
    cluster.signal(lost, Signal.KILL);
    wipe(data(lost));
    cluster.start(lost);
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> Files.exists(data(lost).resolve(FILES)));
    cluster.awaitReady(lost, PATIENCE);
    isOn(rest, OWN);
    System.out.printf("%s had lost what it knew, and has got it again%n", lost);

    want(rest, "{\"pool\":\"shared\",\"replicas\":2}");
    isOnSome(rest, FIRST, 2);
    OWN.forEach(this::deleted);
    // Whoever is alone leads, and has to be followed before another can.
    want(rest, "{\"pool\":\"" + POOL + "\",\"replicas\":1}");
    isOnSome(rest, OWN, 1);
    want(rest, "{\"pool\":\"shared\"}");
    isOn(rest, FIRST);
    OWN.forEach(this::deleted);
    for (String name : OWN) {
      cluster.signal(name, Signal.TERM);
    }
  }

  private static void want(Rest rest, String wish) throws IOException {
    JsonNode wanted = rest.send("PUT", "/v1/journal/" + PARTITION, "", wish).ok();
    assertThat(wanted.path("id").asInt()).as("%s", wanted).isEqualTo(PARTITION);
  }

  private static JsonNode partition(Rest rest) throws IOException {
    return rest.get("/v1/journal")
        .ok()
        .path("partitions")
        .valueStream()
        .filter(partition -> partition.path("id").asInt() == PARTITION)
        .findFirst()
        .orElseThrow();
  }

  private static Set<String> replicas(JsonNode partition) {
    Set<String> names = new TreeSet<>();
    partition.path("replicas").forEach(name -> names.add(name.asText()));
    return names;
  }

  private static boolean hasCome(JsonNode partition) {
    return !partition.path("moving").asBoolean() && !partition.path("leader").asText().isEmpty();
  }

  private static void isOn(Rest rest, Set<String> nodes) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .ignoreExceptionsMatching(AssertionError.class::isInstance)
        .until(() -> partition(rest), now -> hasCome(now) && replicas(now).equals(nodes));
  }

  private static void isOnSome(Rest rest, Set<String> nodes, int count) {
    JsonNode now =
        Awaitility.await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(300))
            .ignoreExceptionsMatching(AssertionError.class::isInstance)
            .until(
                () -> partition(rest),
                one -> hasCome(one) && one.path("replicas_wanted").asInt() == count);
    assertThat(replicas(now)).hasSize(count).isSubsetOf(nodes);
    System.out.printf("The partition is on %s%n", replicas(now));
  }

  private Path data(String node) {
    return directory.resolve("data").resolve(node);
  }

  private void deleted(String node) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(data(node).resolve(FILES)).doesNotExist());
  }

  private static void wipe(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
