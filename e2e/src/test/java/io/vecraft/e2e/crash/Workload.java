package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.e2e.crash.Effect.Key;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that write and read until the server is gone. */
final class Workload {
  private static final int WRITERS = 5;
  private static final int READERS = 2;

  private final Rest rest;
  private final Requests requests;
  private final AtomicLong newest;
  private final ConcurrentLinkedQueue<Sent> sent = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final List<FutureTask<Void>> clients = new ArrayList<>();

  /**
   * What a reader saw before the crash.
   *
   * @param versions by id; 0 for a record that was not there
   */
  record Seen(String collection, long asOf, Map<String, Long> versions) {}

  /**
   * @param newest the largest stamp that any client was told
   */
  Workload(Rest rest, Requests requests, AtomicLong newest) {
    this.rest = rest;
    this.requests = requests;
    this.newest = newest;
  }

  /** Starts all clients. */
  void start(String name, Random random) {
    for (int w = 0; w < WRITERS; w++) {
      var own = new Random(random.nextLong());
      String prefix = name + "-w" + w + "-";
      client(() -> write(own, prefix));
    }
    for (int r = 0; r < READERS; r++) {
      var own = new Random(random.nextLong());
      client(() -> read(own));
    }
  }

  private interface Client {
    void run() throws IOException;
  }

  private void client(Client client) {
    var task =
        new FutureTask<Void>(() -> {
          try {
            client.run();
          } catch (IOException e) {
            // The server is gone: so is the client.
          }
          return null;
        });
    clients.add(task);
    Thread.ofVirtual().name("client").start(task);
  }

  private void write(Random random, String prefix) throws IOException {
    for (int n = 0; ; n++) {
      var next = new Sent(requests.next(random, prefix + n), newest.get());
      sent.add(next);
      next.send(rest, newest);
      if (next.answered()) {
        requests.told(next);
      }
    }
  }

  private void read(Random random) throws IOException {
    while (true) {
      String collection = Requests.COLLECTIONS.get(random.nextInt(2));
      boolean strong = random.nextBoolean();
      var body = Rest.object();
      body.put("consistency_level", strong ? "strong" : "eventual");
      body.putArray("include");
      var ids = body.putArray("ids");
      var versions = new TreeMap<String, Long>();
      for (int i = 0; i < 24; i += 1 + random.nextInt(3)) {
        ids.add("hot " + i);
        versions.put("hot " + i, 0L);
      }
      Rest.Reply reply = rest.post("/v1/collections/" + collection + "/vectors/get", body);
      if (reply.status() != 200) {
        continue;
      }
      for (JsonNode record : reply.body().path("vectors")) {
        versions.put(record.path("id").asText(), record.path("version").asLong());
      }
      seen.add(new Seen(collection, reply.asOf(), versions));
      if (strong) {
        newest.accumulateAndGet(reply.asOf(), Math::max);
      }
    }
  }

  /** Waits until every client has met the end of the server. */
  void join() {
    for (FutureTask<Void> client : clients) {
      try {
        client.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      } catch (ExecutionException e) {
        throw new AssertionError("a client met what it must not", e.getCause());
      }
    }
  }

  List<Sent> sent() {
    return List.copyOf(sent);
  }

  /** What the readers saw must be what the model says. */
  static void check(Model model, List<Seen> seen) {
    for (Seen s : seen) {
      s.versions()
          .forEach((id, version) -> {
            long expected =
                model
                    .at(new Key(s.collection(), id), s.asOf())
                    .map(Model.Version::stamp)
                    .orElse(0L);
            if (expected != version) {
              throw new AssertionError(
                  "a reader saw %s of %s at %d as version %d, the model says %d"
                      .formatted(id, s.collection(), s.asOf(), version, expected));
            }
          });
    }
  }

  List<Seen> seen() {
    return List.copyOf(seen);
  }
}
