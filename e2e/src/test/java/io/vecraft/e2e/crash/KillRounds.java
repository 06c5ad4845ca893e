package io.vecraft.e2e.crash;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.crash.Effect.Key;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rounds of kill and comparison over one data directory.
 *
 * <ol>
 *   <li>Clients write and read until SIGKILL; some rounds aim at the change of a collection.
 *   <li>The process starts again, perhaps killed while it does so.
 *   <li>Every request whose answer was lost is sent again under its id. What the journal had of it
 *       before must be what the answer then says.
 *   <li>The model takes in all requests in the order of their stamps; everything that can be read
 *       is compared with it, the checksums of the replicas with each other.
 *   <li>Some requests that had been answered are sent again: the answer must be the same, and
 *       nothing may change.
 * </ol>
 */
final class KillRounds implements AutoCloseable {
  private static final int REPLICAS = 2;

  private final Path data;
  private final Random random;
  private final AtomicLong newest = new AtomicLong();
  private final Requests requests = new Requests();
  private final CollectionLife life = new CollectionLife(newest);
  private final Model model = new Model();
  private final List<Sent> unplaced = new ArrayList<>();
  private final List<Workload.Seen> unchecked = new ArrayList<>();

  /** Stamps of earlier comparisons with the checksums that they had, by collection. */
  private final Map<String, Map<Long, String>> remembered = new HashMap<>();

  private Running running;
  private long startMs = 1_000;

  /** A process that answers, and connections to it. */
  private record Running(KilledServer server, Rest rest) {}

  KillRounds(Path data, long seed) throws IOException {
    this.data = data;
    this.random = new Random(seed);
    this.running = start(RoundPlan.checkpointIntervalMs(random));
    for (String collection : Requests.COLLECTIONS) {
      ObjectNode body = Rest.object().put("dimension", Requests.DIMENSION).put("shards", 3);
      body.put("metric", collection.equals("a") ? "cosine" : "dot");
      if (collection.equals("a")) {
        body.putObject("schema").put("cat", "keyword").put("n", "integer");
      } else {
        body.putObject("index").put("quantization", "lvq8");
      }
      running.rest().send("PUT", "/v1/collections/" + collection, "", body.toString()).ok();
    }
  }

  private Running start(long checkpointIntervalMs) throws IOException {
    long begin = System.nanoTime();
    KilledServer server = KilledServer.launch(data, checkpointIntervalMs);
    try {
      var rest = new Rest(server.awaitReady(data));
      startMs = Math.max(1, (System.nanoTime() - begin) / 1_000_000);
      return new Running(server, rest);
    } catch (IOException | RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  private void kill() {
    running.server().kill();
    running.rest().close();
  }

  /** Runs a round; returns a line about it. */
  String round(String name) throws IOException {
    RoundPlan plan = RoundPlan.random(random);
    String killed = workAndDie(name, plan);
    for (int i = 0; i < plan.killsDuringStart(); i++) {
      KilledServer server = KilledServer.launch(data, plan.checkpointIntervalMs());
      pause(random.nextInt((int) (startMs * 3 / 2)));
      server.kill();
    }
    running = start(plan.checkpointIntervalMs());
    List<Sent> lost = unplaced.stream().filter(s -> !s.answered()).toList();
    int tookEffect = settle(plan);
    compare();
    return "%s: killed %s; %d answered, %d lost of which %d had reached the journal; %d kills during start, %s"
        .formatted(
            name,
            killed,
            unplacedAndClear() - lost.size(),
            lost.size(),
            tookEffect,
            plan.killsDuringStart(),
            "then checkpoints every " + plan.checkpointIntervalMs() + " ms");
  }

  private int unplacedAndClear() {
    int count = unplaced.size();
    unplaced.clear();
    return count;
  }

  private String workAndDie(String name, RoundPlan plan) throws IOException {
    var workload = new Workload(running.rest(), requests, newest);
    workload.start(name, random);
    String when = "after " + plan.killAfterMs() + " ms";
    if (plan.changesCollections()) {
      when += " after a collection was " + changeCollection(name, random.nextInt(4));
    }
    pause(plan.killAfterMs());
    if (plan.terminates()) {
      running.server().terminate();
      pause(random.nextInt(60));
      when += " and SIGTERM";
    }
    kill();
    workload.join();
    unplaced.addAll(workload.sent());
    unchecked.addAll(workload.seen());
    return when;
  }

  /** Some changes of the collection and writes to it; the last change is what the kill follows. */
  private String changeCollection(String name, int before) throws IOException {
    for (int i = 0; i < before; i++) {
      life.step(running.rest(), random, name + "-" + i);
      if (life.exists()) {
        var write = new Sent(life.write(random, name + "-life-" + i), newest.get());
        unplaced.add(write);
        write.send(running.rest(), newest);
      }
    }
    if (random.nextBoolean()) {
      return life.step(running.rest(), random, name + "-last");
    }
    // The kill may also come in the middle of the change.
    KilledServer server = running.server();
    int delay = random.nextInt(25);
    Thread.ofVirtual()
        .start(() -> {
          pause(delay);
          server.kill();
        });
    try {
      return life.step(running.rest(), random, name + "-last");
    } catch (IOException e) {
      return "about to be changed";
    }
  }

  private static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Learns the outcome of everything that was lost; returns how much the journal had of it. */
  private int settle(RoundPlan plan) throws IOException {
    var lost = new ArrayList<>(unplaced.stream().filter(s -> !s.answered()).toList());
    Map<Sent, Set<Long>> before = new HashMap<>();
    for (Sent sent : lost) {
      before.put(sent, sent.inJournal(running.rest()));
    }
    Collections.shuffle(lost, random);
    if (plan.killsWhileRetrying() && !lost.isEmpty()) {
      for (Sent sent : lost.subList(0, random.nextInt(lost.size()))) {
        sent.send(running.rest(), newest);
      }
      kill();
      running = start(plan.checkpointIntervalMs());
    }
    life.settle(running.rest());
    while (!lost.isEmpty()) {
      for (Sent sent : lost) {
        sent.send(running.rest(), newest);
      }
      lost.removeIf(Sent::answered);
    }
    for (Sent sent : unplaced) {
      sent.locate(running.rest());
    }
    before.forEach((sent, stamps) -> {
      Set<Long> now = new HashSet<>();
      sent.results().forEach(r -> now.add(r.stamp()));
      if (!now.containsAll(stamps)) {
        throw new AssertionError(
            "was in the journal at %s, but the retry said %s: %s"
                .formatted(stamps, sent.results(), sent.request()));
      }
    });
    return (int) before.values().stream().filter(s -> !s.isEmpty()).count();
  }

  private void compare() throws IOException {
    long asOf = strongRead();
    model.place(unplaced, asOf);
    Workload.check(model, unchecked);
    unchecked.clear();
    life.check(running.rest());
    List<String> collections = new ArrayList<>(Requests.COLLECTIONS);
    if (life.exists()) {
      collections.add(life.label());
    }
    Map<String, String> sums = new HashMap<>();
    for (String collection : collections) {
      var comparison = new Comparison(running.rest(), model, collection, asOf);
      comparison.contents(random, collection.equals("b"));
      comparison.histories(touched(collection));
      sums.put(collection, comparison.checksums(REPLICAS));
      earlier(collection);
    }
    noFilesOfDropped();
    for (Sent sent : sample(unplaced)) {
      boolean there =
          sent.request().effects().stream()
              .allMatch(e -> collections.contains(e.key().collection()));
      if (there) {
        sent.send(running.rest(), newest);
        sent.inJournal(running.rest());
      }
    }
    unchanged(sums);
    sums.forEach((c, sum) -> remembered.computeIfAbsent(c, k -> new HashMap<>()).put(asOf, sum));
  }

  /** No storage node keeps files of a collection that is no more. */
  private void noFilesOfDropped() throws IOException {
    Set<String> known = new HashSet<>();
    for (JsonNode collection : running.rest().get("/v1/collections").ok().path("collections")) {
      known.add("collection-" + collection.path("id").asLong());
    }
    // What was dropped while the log was replayed is removed in the background.
    await().atMost(Duration.ofMinutes(1)).until(() -> known.containsAll(collectionDirectories()));
  }

  private Set<String> collectionDirectories() throws IOException {
    try (Stream<Path> files = Files.walk(data.resolve("nodes"), 2)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("collection-"))
          .collect(Collectors.toSet());
    } catch (UncheckedIOException e) {
      // A directory went away under the walk.
      return collectionDirectories();
    }
  }

  /** The instant of a strong read. */
  private long strongRead() throws IOException {
    ObjectNode body = Rest.object().put("consistency_level", "strong");
    long asOf = running.rest().post("/v1/collections/a/vectors/count", body).asOf();
    if (asOf <= newest.get()) {
      throw new AssertionError("a strong read as of " + asOf + " after " + newest.get());
    }
    newest.set(asOf);
    return asOf;
  }

  private Set<Key> touched(String collection) {
    Set<Key> touched = new HashSet<>();
    for (Sent sent : unplaced) {
      List<Effect> effects = sent.request().effects();
      for (int i = 0; i < effects.size(); i++) {
        Key key = effects.get(i).key();
        if (key.collection().equals(collection)) {
          touched.add(new Key(collection, sent.results().get(i).id()));
        }
      }
    }
    return touched;
  }

  /** An instant that was compared before is what it was, whatever was killed since. */
  private void earlier(String collection) throws IOException {
    var sums = new ArrayList<>(remembered.getOrDefault(collection, Map.of()).entrySet());
    Collections.shuffle(sums, random);
    for (var sum : sums.subList(0, Math.min(2, sums.size()))) {
      var comparison = new Comparison(running.rest(), model, collection, sum.getKey());
      comparison.contents(random, collection.equals("b"));
      String now = comparison.checksums(REPLICAS);
      if (!now.equals(sum.getValue())) {
        throw new AssertionError(
            "collection %s as of %d was %s and is %s"
                .formatted(collection, sum.getKey(), sum.getValue(), now));
      }
    }
  }

  private List<Sent> sample(List<Sent> all) {
    List<Sent> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    return shuffled.subList(0, Math.min(25, shuffled.size()));
  }

  private void unchanged(Map<String, String> sums) throws IOException {
    long asOf = strongRead();
    for (var sum : sums.entrySet()) {
      String now = new Comparison(running.rest(), model, sum.getKey(), asOf).checksums(REPLICAS);
      if (!now.equals(sum.getValue())) {
        throw new AssertionError("retries changed collection " + sum.getKey());
      }
    }
  }

  @Override
  public void close() {
    kill();
  }
}
