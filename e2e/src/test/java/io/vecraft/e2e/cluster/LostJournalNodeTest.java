package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalCluster.Signal;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.history.HistoryWorkload;
import io.vecraft.e2e.http.Rest;
import io.vecraft.e2e.program.Program;
import io.vecraft.journal.catalog.NodePool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * While clients write and read, one journal node loses all its data, the consensus log of another
 * is torn, and both come back by themselves, each as somebody else who gets everything from the
 * others. Then the third one, the last of those that the cluster was made with, is killed for good,
 * and a spare gets its place: nothing that was acknowledged is lost. Partitions are added after the
 * first replacement, so that they begin with a replica that the cluster was not made with, and are
 * brought to the others by the next ones; what there was before is moved to them. {@code
 * -Dvecraft.faults.seed=N} repeats the choices.
 */
class LostJournalNodeTest {

  /** A collection with shards in partitions that were added. */
  private static final String ADDED = "added";

  /** One whose only shard goes to another partition. */
  private static final String MOVED = "moved";

  private static final int BATCH = 40;
  private static final Pattern IDS = Pattern.compile("\"id\":\"(r[0-9]+)\"");
  private static final int GRACE_S = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  @TempDir Path directory;

  @Test
  void everyJournalNodeIsReplacedAndNothingIsLost() throws IOException {
    long seed = Long.getLong("vecraft.faults.seed", System.nanoTime());
    System.out.printf("Journal nodes are lost: -Dvecraft.faults.seed=%d%n", seed);
    var shape = new ClusterShape(3, 2, 1, 1, 1, 2, GRACE_S, 2, 0, "192m", 1_000, false);
    LocalCluster cluster =
        LocalCluster.create(directory, shape, Program.command("192m"), Program.etcd());
    try {
      cluster.start();
      for (LocalProcess process : cluster.processes()) {
        cluster.awaitReady(process.name(), PATIENCE);
      }
      var random = new Random(seed);
      UnderClients.run(cluster, random, rest -> lose(cluster, rest, random));
      checkAdded(cluster);
    } catch (IOException | RuntimeException | Error e) {
      for (LocalProcess process : cluster.processes()) {
        System.out.println("== " + process.name() + "\n" + cluster.logEnd(process.name()));
      }
      throw e;
    } finally {
      cluster.down();
    }
  }

  private void lose(LocalCluster cluster, Rest rest, Random random) throws IOException {
    List<URI> servers = servers(cluster);
    var victims = new ArrayList<>(List.of("journal-1", "journal-2", "journal-3"));
    Collections.shuffle(victims, random);
    cluster.signal(victims.get(0), Signal.KILL);
    wipe(data(victims.get(0)));
    cluster.start(victims.get(0));
    replaced(cluster, rest, victims.get(0), 2);

    try (var http = HttpClient.newHttpClient();
        Stream<String> tail = tail(http, servers.getLast(), "")) {
      grow(rest);
      write(rest, 0);
      // It was opened before there was anything in the new partitions.
      assertThat(written(tail, ADDED)).doesNotHaveDuplicates().hasSize(BATCH);
    }
    spread(rest);
    String shape = "{\"dimension\":2,\"shards\":1,\"replicas\":2}";
    rest.send("PUT", "/v1/collections/" + MOVED, "", shape).ok();
    try (var http = HttpClient.newHttpClient();
        Stream<String> tail = tail(http, servers.getLast(), "?collection=" + MOVED)) {
      write(rest, MOVED, 0, BATCH / 2);
      move(rest, MOVED, 0, partition(rest, MOVED) == 3 ? 4 : 3);
      assertThat(MovingShards.settled(rest, MOVED, PATIENCE)).isEqualTo(1);
      write(rest, MOVED, BATCH / 2, BATCH);
      // It was opened when all of the collection was in another partition.
      assertThat(written(tail, MOVED)).doesNotHaveDuplicates().hasSize(BATCH);
    }
    cluster.signal(victims.get(1), Signal.KILL);
    tear(data(victims.get(1)));
    cluster.start(victims.get(1));
    replaced(cluster, rest, victims.get(1), 3);
    assertThat(data(victims.get(1)).resolve("damaged").resolve("identity")).exists();
    write(rest, 1);

    cluster.signal(victims.get(2), Signal.KILL);
    String spare = cluster.addJournal(NodePool.SHARED);
    cluster.start(spare);
    replaced(cluster, rest, spare, 4);
    write(rest, 2);
  }

  private static List<URI> servers(LocalCluster cluster) {
    return cluster.endpoints().stream().map(URI::create).toList();
  }

  private static void checkAdded(LocalCluster cluster) throws IOException {
    try (var rest = new Rest(servers(cluster).getFirst())) {
      AgreeingReplicas.check(rest, ADDED, 2);
      AgreeingReplicas.check(rest, MOVED, 2);
      String all = "{\"consistency_level\":\"strong\"}";
      JsonNode count =
          rest.send("POST", "/v1/collections/" + ADDED + "/vectors/count", "", all).ok();
      assertThat(count.path("count").asInt()).as("%s", count).isEqualTo(3 * BATCH);
    }
  }

  /** Two partitions more, where a new collection has shards. */
  private static void grow(Rest rest) throws IOException {
    Rest.Reply tooMany = rest.send("PUT", "/v1/journal", "", "{\"data_partitions\":11}");
    assertThat(tooMany.code()).as("%s", tooMany).isEqualTo("invalid_argument");
    Rest.Reply fewer = rest.send("PUT", "/v1/journal", "", "{\"data_partitions\":1}");
    assertThat(fewer.code()).as("%s", fewer).isEqualTo("conflict");
    JsonNode wanted = rest.send("PUT", "/v1/journal", "", "{\"data_partitions\":4}").ok();
    assertThat(wanted.path("data_partitions_wanted").asInt()).as("%s", wanted).isEqualTo(4);
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .ignoreExceptionsMatching(AssertionError.class::isInstance)
        .until(() -> rest.get("/v1/journal").ok().path("data_partitions").asInt() == 4);
    String shape = "{\"dimension\":2,\"shards\":4,\"replicas\":2}";
    rest.send("PUT", "/v1/collections/" + ADDED, "", shape).ok();
    assertThat(rest.get("/v1/collections/" + ADDED).ok().path("shard_states").valueStream())
        .extracting(shard -> shard.path("partition").asInt())
        .containsExactlyInAnyOrder(3, 4, 5, 6);
    System.out.println("Two partitions were added");
  }

  /** What there was before the partitions were added goes there, under those who write it. */
  private static void spread(Rest rest) throws IOException {
    for (String collection : HistoryWorkload.collections()) {
      for (int shard = 0; shard < UnderClients.SHARDS; shard++) {
        int partition = 5 + shard % 2;
        move(rest, collection, shard, partition);
      }
      assertThat(MovingShards.settled(rest, collection, PATIENCE)).isEqualTo(UnderClients.SHARDS);
    }
    System.out.println("Shards were moved to them");
  }

  private static void move(Rest rest, String collection, int shard, int partition)
      throws IOException {
    JsonNode wanted = MovingShards.want(rest, collection, shard, partition).ok();
    assertThat(wanted.path("moving_to").asInt()).as("%s", wanted).isEqualTo(partition);
  }

  /** Where the collection's first shard is; it may not be described at once. */
  private static int partition(Rest rest, String collection) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                rest.get("/v1/collections/" + collection)
                    .body()
                    .path("shard_states")
                    .path(0)
                    .path("partition")
                    .asInt(),
            partition -> partition > 0);
  }

  /** Ids of a batch's records as they come. */
  private static List<String> written(Stream<String> tail, String collection) {
    return tail.filter(
            event -> event.startsWith("data:") && event.contains("\"" + collection + "\""))
        .flatMap(event -> IDS.matcher(event).results().map(id -> id.group(1)))
        .limit(BATCH)
        .toList();
  }

  /** What the journal is told to hold, from now on. */
  private static Stream<String> tail(HttpClient http, URI server, String query) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("/v1/journal/tail" + query))
            .header("X-Timeout-Ms", Long.toString(PATIENCE.toMillis()))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofLines()).body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void write(Rest rest, int batch) throws IOException {
    write(rest, ADDED, batch * BATCH, (batch + 1) * BATCH);
  }

  private static void write(Rest rest, String collection, int from, int to) throws IOException {
    String records =
        IntStream.range(from, to)
            .mapToObj(n -> "{\"id\":\"r%d\",\"vector\":[%d,1]}".formatted(n, n))
            .collect(Collectors.joining(","));
    String body = "{\"vectors\":[" + records + "]}";
    JsonNode written =
        rest.send("POST", "/v1/collections/" + collection + "/vectors", "", body).ok();
    assertThat(written.path("results").valueStream())
        .allMatch(result -> result.path("outcome").asText().equals("written"));
  }

  /** Waits until the node is ready, which it is with a replica of each partition, and counts. */
  private static void replaced(LocalCluster cluster, Rest rest, String node, long epoch)
      throws IOException {
    cluster.awaitReady(node, PATIENCE);
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .ignoreExceptionsMatching(AssertionError.class::isInstance)
        .until(() -> counts(rest.get("/v1/cluster").ok(), node, epoch));
    System.out.printf("%s counts in epoch %d%n", node, epoch);
  }

  private static boolean counts(JsonNode cluster, String node, long epoch) {
    boolean counts = cluster.path("clock").path("epoch").asLong() == epoch;
    counts &=
        cluster
            .path("clock")
            .path("members")
            .valueStream()
            .anyMatch(m -> m.path("member").asText().startsWith(node));
    for (JsonNode partition : cluster.path("partitions")) {
      counts &= partition.path("replicas").size() == 3;
      counts &= partition.path("replicas").valueStream().anyMatch(r -> r.asText().equals(node));
    }
    return counts;
  }

  private Path data(String node) {
    return directory.resolve("data").resolve(node);
  }

  private static void wipe(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Turns a bit near the beginning of the newest consensus log of a partition. */
  private static void tear(Path data) throws IOException {
    Path log;
    try (Stream<Path> files = Files.walk(data.resolve("raft"))) {
      log =
          files
              .filter(f -> f.getFileName().toString().startsWith("log_inprogress_"))
              .max(Comparator.comparing(Path::toString))
              .orElseThrow();
    }
    try (var file = new RandomAccessFile(log.toFile(), "rw")) {
      file.seek(40);
      int was = file.read();
      file.seek(40);
      file.write(was ^ 1);
    }
  }
}
