package io.vecraft.e2e.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.history.Op.Level;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Over REST. */
final class RestHistoryClient implements HistoryClient {
  private static final int ALL = 100;
  private static final int CREATE_TRIES = 10;

  private final Rest rest;

  RestHistoryClient(URI server, Optional<String> apiKey) {
    this(server, apiKey, Endings.USUAL_DEADLINE);
  }

  /**
   * A client of one server.
   *
   * @param deadline of every request; it waits {@link Endings#MARGIN} longer
   */
  RestHistoryClient(URI server, Optional<String> apiKey, Duration deadline) {
    rest = new Rest(server, apiKey, deadline, deadline.plus(Endings.MARGIN));
  }

  @Override
  public Told write(String requestId, String token, List<Change> changes, boolean atomic)
      throws IOException {
    Change first = changes.getFirst();
    String vectors = "/v1/collections/" + first.collection() + "/vectors";
    String one = vectors + "/" + first.id();
    Rest.Reply reply;
    if (atomic) {
      ObjectNode body = Rest.object();
      var operations = body.putArray("operations");
      changes.forEach(c ->
          operations
              .addObject()
              .put("collection", c.collection())
              .set(c.kind().name().toLowerCase(java.util.Locale.ROOT), json(c)));
      reply = rest.send("POST", "/v1/transactions", requestId, token, body.toString());
    } else {
      reply =
          switch (first.kind()) {
            case UPSERT -> {
              ObjectNode body = Rest.object();
              var records = body.putArray("vectors");
              changes.forEach(c -> records.add(json(c)));
              yield rest.send("POST", vectors, requestId, token, body.toString());
            }
            case PATCH -> {
              ObjectNode body = json(first);
              body.remove("id");
              yield rest.send("PATCH", one, requestId, token, body.toString());
            }
            case DELETE -> {
              String condition = first.ifVersion() > 0 ? "?if_version=" + first.ifVersion() : "";
              yield rest.send("DELETE", one + condition, requestId, token, "");
            }
          };
    }
    return told(reply);
  }

  private static ObjectNode json(Change change) {
    ObjectNode json = Rest.object().put("id", change.id());
    if (change.kind() == Change.Kind.UPSERT) {
      json.putArray("vector").add(change.vector()[0]).add(change.vector()[1]);
    }
    if (change.kind() != Change.Kind.DELETE) {
      json.putObject("metadata").put("v", change.value());
    }
    if (change.ifAbsent()) {
      json.put("if_absent", true);
    }
    if (change.ifVersion() > 0) {
      json.put("if_version", Long.toString(change.ifVersion()));
    }
    return json;
  }

  private static Told told(Rest.Reply reply) {
    if (reply.code().equals("conflict") || reply.code().equals("record_not_found")) {
      return new Told.NoEffect(reply.sessionToken());
    }
    if (retryable(reply)) {
      return new Told.Unknown(reply.code());
    }
    JsonNode body = reply.ok();
    List<Part> parts = new ArrayList<>();
    Iterable<JsonNode> results = body.has("results") ? body.path("results") : List.of(body);
    for (JsonNode result : results) {
      String outcome = result.path("outcome").asText();
      if (outcome.equals("unavailable") || outcome.equals("outcome_unknown")) {
        return new Told.Unknown(outcome);
      }
      boolean applied = !outcome.equals("conflict") && !outcome.equals("not_found");
      parts.add(new Part(result.path("version").asLong(), applied));
    }
    return new Told.Done(parts, reply.sessionToken());
  }

  @Override
  public Answer read(Look look, String token) throws IOException {
    ObjectNode body = Rest.object();
    switch (look.level()) {
      case Level.Strong() -> body.put("consistency_level", "strong");
      case Level.Bounded(long bound) ->
          body.put("consistency_level", "bounded")
              .put("max_staleness_ms", TimeUnit.NANOSECONDS.toMillis(bound));
      case Level.ReadYourWrites() -> body.put("consistency_level", "read_your_writes");
      case Level.Eventual() -> body.put("consistency_level", "eventual");
      case Level.AsOf(long stamp) -> body.put("as_of", Long.toString(stamp));
    }
    body.putArray("include").add("metadata");
    String path = "/v1/collections/" + look.collection();
    if (look.search()) {
      body.put("k", ALL).put("exact", true).putArray("vector").add(1).add(0);
      path += "/search";
    } else {
      look.ids().forEach(body.putArray("ids")::add);
      path += "/vectors/get";
    }
    Rest.Reply reply = rest.send("POST", path, "", token, body.toString());
    if (retryable(reply)) {
      return new Unanswered(reply.code());
    }
    Map<String, Stored> records = new HashMap<>();
    for (JsonNode record : reply.ok().path(look.search() ? "results" : "vectors")) {
      records.put(
          record.path("id").asText(),
          new Stored(record.path("metadata").path("v").asInt(), record.path("version").asLong()));
    }
    return new Seen(records, reply.asOf(), reply.sessionToken());
  }

  private static boolean retryable(Rest.Reply reply) {
    return Endings.isClear(reply.code());
  }

  /** The stamp of a request that is one record of the journal. */
  long stampOf(String requestId) throws IOException {
    return rest.get("/v1/operations/" + requestId).ok().path("hlc").asLong();
  }

  /** Makes a collection; asks again while the server cannot, which a cold cluster may say. */
  void create(String name, int shards) throws IOException {
    String body = Rest.object().put("dimension", 2).put("shards", shards).toString();
    Rest.Reply reply = rest.send("PUT", "/v1/collections/" + name, "", body);
    for (int tries = 1; reply.status() == 503 && tries < CREATE_TRIES; tries++) {
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      reply = rest.send("PUT", "/v1/collections/" + name, "", body);
    }
    reply.ok();
  }

  /** Drops a collection; asks again while the server cannot. */
  void drop(String name) throws IOException {
    Rest.Reply reply = rest.send("DELETE", "/v1/collections/" + name, "", "");
    for (int tries = 1; retryable(reply) && tries < CREATE_TRIES; tries++) {
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      reply = rest.send("DELETE", "/v1/collections/" + name, "", "");
    }
    if (!reply.code().equals("collection_not_found")) {
      reply.ok();
    }
  }

  @Override
  public void close() {
    rest.close();
  }
}
