package io.vecraft.e2e.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One of each kind of operation on a collection, each as if it was done for the first time: nothing
 * comes out of a cache, no request is a repetition. Safe for concurrent use once prepared.
 */
final class EachOperation implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String COLLECTION = "docs";
  private static final String PATH = "/v1/collections/" + COLLECTION;

  private final AtomicInteger number = new AtomicInteger();
  private final Rest rest;
  private String token = "";
  private long stamp;

  /** Something that is asked of the cluster. */
  enum Kind {
    WRITE,
    TRANSACTION,
    CONDITIONAL_WRITE,
    PATCH,
    DELETE_BY_FILTER,
    CREATE_COLLECTION,
    CHANGE_COLLECTION,
    CREATE_KEY,
    READ_EVENTUAL,
    SEARCH_EVENTUAL,
    READ_OLD_ENOUGH,
    READ_FRESH,
    READ_SESSION,
    READ_STRONG,
    READ_AS_OF
  }

  EachOperation(URI gateway) {
    this.rest = new Rest(gateway, Optional.empty(), DEADLINE, PATIENCE);
  }

  /** Makes the collection and some records, and remembers a session and an instant. */
  void prepare() throws IOException {
    rest.send("PUT", PATH, "", "{\"dimension\":2,\"shards\":2}").ok();
    for (int i = 0; i < 10; i++) {
      rest.post(PATH + "/vectors", batch("r" + i, false)).ok();
    }
    Rest.Reply strong = ask(Kind.READ_STRONG);
    stamp = strong.asOf();
    token = strong.sessionToken();
  }

  /** Does one. */
  Rest.Reply ask(Kind kind) throws IOException {
    int n = number.incrementAndGet();
    return switch (kind) {
      case WRITE -> rest.post(PATH + "/vectors", batch("w" + n, false));
      case TRANSACTION -> {
        ObjectNode body = Rest.object();
        var operations = body.putArray("operations");
        for (String id : new String[] {"t" + n, "u" + n}) {
          operations.addObject().put("collection", COLLECTION).set("upsert", record(id, false));
        }
        yield rest.post("/v1/transactions", body);
      }
      case CONDITIONAL_WRITE -> rest.post(PATH + "/vectors", batch("c" + n, true));
      case PATCH ->
          rest.send("PATCH", PATH + "/vectors/r1", "", "{\"metadata\":{\"n\":%d}}".formatted(n));
      case DELETE_BY_FILTER ->
          rest.send("POST", PATH + "/vectors/delete", "", "{\"filters\":{\"x\":%d}}".formatted(n));
      case CREATE_COLLECTION ->
          rest.send("PUT", "/v1/collections/other" + n, "", "{\"dimension\":2}");
      case CHANGE_COLLECTION ->
          rest.send("PATCH", PATH, "", "{\"time_travel_window_s\":%d}".formatted(3_600 + n));
      case CREATE_KEY ->
          rest.send(
              "POST", "/v1/keys", "", "{\"name\":\"key%d\",\"grants\":[\"read\"]}".formatted(n));
      case READ_EVENTUAL -> read("\"consistency_level\":\"eventual\"", "");
      case SEARCH_EVENTUAL ->
          rest.send(
              "POST",
              PATH + "/search",
              "",
              "{\"consistency_level\":\"eventual\",\"k\":3,\"exact\":true,\"vector\":[1,%d]}"
                  .formatted(n));
      case READ_OLD_ENOUGH ->
          read("\"consistency_level\":\"bounded\",\"max_staleness_ms\":3600000", "");
      case READ_FRESH -> read("\"consistency_level\":\"bounded\",\"max_staleness_ms\":1", "");
      case READ_SESSION -> read("\"consistency_level\":\"read_your_writes\"", token);
      case READ_STRONG -> read("\"consistency_level\":\"strong\"", "");
      case READ_AS_OF -> read("\"as_of\":\"" + stamp + "\"", "");
    };
  }

  private Rest.Reply read(String level, String session) throws IOException {
    return rest.send(
        "POST",
        PATH + "/vectors/get",
        "",
        session,
        "{%s,\"ids\":[\"r1\",\"r2\",\"r3\",\"r4\",\"r5\"]}".formatted(level));
  }

  private static ObjectNode batch(String id, boolean ifAbsent) {
    ObjectNode body = Rest.object();
    body.putArray("vectors").add(record(id, ifAbsent));
    return body;
  }

  private static ObjectNode record(String id, boolean ifAbsent) {
    ObjectNode record = Rest.object().put("id", id);
    record.putArray("vector").add(1).add(id.hashCode() % 100);
    if (ifAbsent) {
      record.put("if_absent", true);
    }
    return record;
  }

  @Override
  public void close() {
    rest.close();
  }
}
