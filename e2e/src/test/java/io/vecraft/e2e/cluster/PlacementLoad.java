package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that write, and read what they have written, until they are told to end. Each has records
 * of its own, so that what it was told last is what must be there.
 */
final class PlacementLoad implements AutoCloseable {
  private static final int CLIENTS = 3;
  private static final int RECORDS = 200;
  private static final int PACE_MS = 40;
  private static final int UNKNOWN = -1;

  private final URI server;
  private final String collection;
  private final Map<String, Integer> told = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final List<FutureTask<Void>> clients = new ArrayList<>();
  private volatile boolean ended;
  private final AtomicInteger requests = new AtomicInteger();

  PlacementLoad(URI server, String collection, Random random) {
    this.server = server;
    this.collection = collection;
    for (int c = 0; c < CLIENTS; c++) {
      String name = "client-" + c;
      var own = new Random(random.nextLong());
      clients.add(
          new FutureTask<>(() -> {
            run(name, own);
            return null;
          }));
    }
  }

  void start() {
    clients.forEach(client -> Thread.ofVirtual().start(client));
  }

  /** Requests that were not answered as they should be, since the last call. */
  List<String> failures() {
    var all = new ArrayList<String>();
    for (String one = failures.poll(); one != null; one = failures.poll()) {
      all.add(one);
    }
    return all;
  }

  /** About how many requests have been answered. */
  int requests() {
    return requests.get();
  }

  private void run(String name, Random own) throws IOException {
    try (var rest = new Rest(server)) {
      for (int value = 1; !ended; value++) {
        String id = name + "-" + own.nextInt(RECORDS);
        String other = name + "-" + own.nextInt(RECORDS);
        switch (own.nextInt(4)) {
          case 0 -> write(rest, List.of(id), value);
          case 1 -> transaction(rest, id, other, value);
          case 2 -> read(rest, id);
          default -> search(rest, own);
        }
        requests.incrementAndGet();
        LockSupport.parkNanos(own.nextInt(2 * PACE_MS) * 1_000_000L);
      }
    }
  }

  private static ObjectNode record(String id, int value) {
    ObjectNode record = Rest.object().put("id", id);
    record.putArray("vector").add(value % 100).add(1).add(value % 7).add(2);
    record.putObject("metadata").put("value", value);
    return record;
  }

  private void write(Rest rest, List<String> ids, int value) throws IOException {
    ObjectNode body = Rest.object();
    ArrayNode vectors = body.putArray("vectors");
    ids.forEach(id -> vectors.add(record(id, value)));
    changed(rest.post("/v1/collections/" + collection + "/vectors", body), ids, value);
  }

  /** Over two shards as a rule, on the condition that one record is as it is known. */
  private void transaction(Rest rest, String id, String other, int value) throws IOException {
    if (id.equals(other)) {
      return;
    }
    ObjectNode body = Rest.object();
    ArrayNode operations = body.putArray("operations");
    for (String one : List.of(id, other)) {
      ObjectNode record = record(one, value);
      if (one.equals(id) && !told.containsKey(one)) {
        record.put("if_absent", true);
      }
      operations.addObject().put("collection", collection).set("upsert", record);
    }
    changed(rest.post("/v1/transactions", body), List.of(id, other), value);
  }

  private void changed(Rest.Reply reply, List<String> ids, int value) {
    if (reply.status() == 200) {
      ids.forEach(id -> told.merge(id, value, (old, now) -> old == UNKNOWN ? old : now));
    } else {
      // For good: what is not known may come at any time.
      ids.forEach(id -> told.put(id, UNKNOWN));
      failures.add("write of " + ids + ": " + reply);
    }
  }

  private void read(Rest rest, String id) throws IOException {
    ObjectNode body = Rest.object().put("consistency_level", "strong");
    body.putArray("ids").add(id);
    Rest.Reply reply = rest.post("/v1/collections/" + collection + "/vectors/get", body);
    if (reply.status() != 200) {
      failures.add("read of " + id + ": " + reply);
      return;
    }
    Integer last = told.get(id);
    if (last == null || last != UNKNOWN) {
      int expected = last == null ? 0 : last;
      int found = reply.body().path("vectors").path(0).path("metadata").path("value").asInt();
      if (found != expected) {
        failures.add("%s is %d, not %d: %s".formatted(id, found, expected, reply));
      }
    }
  }

  private void search(Rest rest, Random own) throws IOException {
    ObjectNode body = Rest.object().put("k", 5);
    body.putArray("vector").add(own.nextInt(100)).add(1).add(own.nextInt(7)).add(2);
    Rest.Reply reply = rest.post("/v1/collections/" + collection + "/search", body);
    JsonNode info = reply.body().path("consistency_info");
    if (reply.status() != 200
        || info.path("shards_answered").asInt() != info.path("shards_total").asInt()) {
      failures.add("search: " + reply);
    }
  }

  /** Ends the clients. */
  void end() {
    ended = true;
    for (FutureTask<Void> client : clients) {
      try {
        client.get();
      } catch (Exception e) {
        throw new AssertionError("a client failed", e);
      }
    }
  }

  /** Compares all that was told with what is there. */
  void compare() throws IOException {
    try (var rest = new Rest(server)) {
      for (Map.Entry<String, Integer> one : told.entrySet()) {
        if (one.getValue() != UNKNOWN) {
          ObjectNode body = Rest.object().put("consistency_level", "strong");
          body.putArray("ids").add(one.getKey());
          JsonNode found = rest.post("/v1/collections/" + collection + "/vectors/get", body).ok();
          assertThat(found.path("vectors").path(0).path("metadata").path("value").asInt())
              .as(one.getKey())
              .isEqualTo(one.getValue());
        }
      }
    }
  }

  @Override
  public void close() {
    ended = true;
  }
}
