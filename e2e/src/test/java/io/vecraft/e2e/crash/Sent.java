package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A request that has been sent at least once, and what is known of it. For one thread at a time.
 */
final class Sent {
  private final Request request;
  private final long floor;
  private Optional<List<Request.Result>> told = Optional.empty();
  private long placed;

  /**
   * @param floor the largest stamp that any client had been told when the request was first sent:
   *     all of its stamps must be above it
   */
  Sent(Request request, long floor) {
    this.request = request;
    this.floor = floor;
  }

  Request request() {
    return request;
  }

  long floor() {
    return floor;
  }

  /** Whether a client was told what became of it. */
  boolean answered() {
    return told.isPresent();
  }

  /** What became of its effects, with their stamps. */
  List<Request.Result> results() {
    return told.orElseThrow().stream()
        .map(r -> r.stamp() == 0 ? new Request.Result(r.id(), placed, r.outcome()) : r)
        .toList();
  }

  /**
   * Sends it.
   *
   * @param newest takes the stamps of the answer
   * @throws IOException when no answer came
   */
  void send(Rest rest, AtomicLong newest) throws IOException {
    answer(rest.send(request.method(), request.path(), request.id(), request.body()), newest);
  }

  /** Takes an answer. One that differs from an earlier one is an error. */
  void answer(Rest.Reply reply, AtomicLong newest) {
    Optional<List<Request.Result>> now = request.results(reply);
    if (now.isEmpty()) {
      return;
    }
    if (told.isPresent() && !told.equals(now)) {
      throw new AssertionError(
          "a retry was answered otherwise: %s: first %s, then %s"
              .formatted(request, told.get(), now.get()));
    }
    told = now;
    now.get().forEach(r -> newest.accumulateAndGet(r.stamp(), Math::max));
  }

  /**
   * The stamps at which the journal has it, nothing when it does not. Every effect must be there
   * once.
   */
  Set<Long> inJournal(Rest rest) throws IOException {
    Rest.Reply reply = rest.get("/v1/operations/" + request.id());
    if (reply.status() == 404) {
      return Set.of();
    }
    Set<Long> stamps = new HashSet<>();
    Set<String> records = new HashSet<>();
    for (JsonNode operation : reply.ok().path("operations")) {
      stamps.add(operation.path("hlc").asLong());
      String record = operation.path("collection").asText() + "/" + operation.path("id").asText();
      if (!records.add(record)) {
        throw new AssertionError("twice in the journal: " + request + ": " + reply.body());
      }
    }
    if (answered() && records.size() != request.effects().size()) {
      throw new AssertionError("not whole in the journal: " + request + ": " + reply.body());
    }
    return stamps;
  }

  /** Learns from the journal the stamp of a write whose answer did not tell it. */
  void locate(Rest rest) throws IOException {
    if (told.orElseThrow().stream().anyMatch(r -> r.stamp() == 0)) {
      Set<Long> stamps = inJournal(rest);
      if (stamps.size() != 1) {
        throw new AssertionError("at " + stamps + " in the journal: " + request);
      }
      placed = stamps.iterator().next();
    }
  }
}
