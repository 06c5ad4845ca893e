package io.vecraft.e2e.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.e2e.http.Rest;
import io.vecraft.journal.catalog.Partitions;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Wants shards in other partitions of the journal again and again, whatever breaks meanwhile, until
 * it is closed. A wish that is not answered is no error: the next one comes.
 */
final class MovingShards implements AutoCloseable {
  private static final int LONGEST_PAUSE_MS = 2_000;

  private final Rest rest;
  private final List<String> collections;
  private final Random random;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private final Set<String> wanted = new HashSet<>(); // of the thread

  private MovingShards(Rest rest, List<String> collections, Random random) {
    this.rest = rest;
    this.collections = collections;
    this.random = random;
    this.thread = Thread.ofVirtual().name("moving-shards").unstarted(this::run);
  }

  /**
   * Starts.
   *
   * @param rest stays the caller's
   */
  static MovingShards start(Rest rest, List<String> collections, Random random) {
    var moving = new MovingShards(rest, collections, random);
    moving.thread.start();
    return moving;
  }

  private void run() {
    try {
      while (!ended.await(random.nextInt(LONGEST_PAUSE_MS), TimeUnit.MILLISECONDS)) {
        try {
          want();
        } catch (IOException e) {
          System.out.println("A shard is not wanted elsewhere: " + e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void want() throws IOException {
    Rest.Reply journal = rest.get("/v1/journal");
    String collection = collections.get(random.nextInt(collections.size()));
    Rest.Reply now = rest.get("/v1/collections/" + collection);
    if (journal.status() != 200 || now.status() != 200) {
      return;
    }
    JsonNode shards = now.body().path("shard_states");
    int shard = random.nextInt(shards.size());
    int partitions = journal.body().path("data_partitions").asInt();
    int other =
        (shards.path(shard).path("partition").asInt()
                - Partitions.FIRST_DATA
                + 1
                + random.nextInt(partitions - 1))
            % partitions;
    Rest.Reply answer = want(rest, collection, shard, Partitions.FIRST_DATA + other);
    JsonNode moving = answer.body().path("moving_to");
    // Wanted again while it is on its way, it goes there once.
    if (answer.status() == 200
        && !moving.isMissingNode()
        && moving.asInt() != answer.body().path("partition").asInt()) {
      wanted.add(collection + "/" + shard + " from epoch " + answer.body().path("epoch").asInt());
    }
  }

  /** Wants a shard in a partition. */
  static Rest.Reply want(Rest rest, String collection, int shard, int partition)
      throws IOException {
    String body = Rest.object().put("partition", partition).toString();
    return rest.send("PUT", "/v1/collections/" + collection + "/shards/" + shard, "", body);
  }

  /** Waits until no shard of the collection is on its way; how often its shards were moved. */
  static int settled(Rest rest, String collection, Duration patience) {
    return Awaitility.await(collection + " is where it is wanted")
        .atMost(patience)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> moves(rest, collection), Optional::isPresent)
        .orElseThrow();
  }

  private static Optional<Integer> moves(Rest rest, String collection) throws IOException {
    Rest.Reply now = rest.get("/v1/collections/" + collection);
    if (now.status() != 200) {
      return Optional.empty();
    }
    int moves = 0;
    for (JsonNode shard : now.body().path("shard_states")) {
      if (shard.has("moving_to")) {
        return Optional.empty();
      }
      moves += shard.path("epoch").asInt() - 1;
    }
    return Optional.of(moves);
  }

  /** How many moves were wanted and answered; once it is closed. */
  int wanted() {
    return wanted.size();
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
