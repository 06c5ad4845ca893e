package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.e2e.http.Rest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A write as it goes over the wire, again and again if need be.
 *
 * @param id of the request
 * @param body exactly as sent; empty for none
 * @param atomic whether it is a transaction
 * @param effects in the order of the body
 */
record Request(
    String id, String method, String path, String body, boolean atomic, List<Effect> effects) {
  Request {
    effects = List.copyOf(effects);
  }

  /**
   * What a client was told of one effect.
   *
   * @param id of the record
   * @param stamp of the write; 0 when the answer did not tell
   * @param outcome {@code written}, {@code created}, {@code updated}, {@code deleted}; or {@code
   *     none} when it had no effect
   */
  record Result(String id, long stamp, String outcome) {
    static final String NO_EFFECT = "none";
  }

  /**
   * What an answer says of every effect; empty when it leaves that open, so that the request is to
   * be sent again.
   */
  Optional<List<Result>> results(Rest.Reply reply) {
    return switch (reply.status()) {
      case 200, 201 -> told(reply.body());
      case 404, 409 -> {
        boolean alone = atomic || effects.size() == 1;
        boolean known = reply.code().equals("conflict") || reply.code().equals("record_not_found");
        if (!alone || !known) {
          throw new AssertionError(this + " answered " + reply);
        }
        yield Optional.of(
            effects.stream().map(e -> new Result(e.key().id(), 0, Result.NO_EFFECT)).toList());
      }
      case 429, 503, 504 -> Optional.empty();
      default -> throw new AssertionError(this + " answered " + reply);
    };
  }

  private Optional<List<Result>> told(JsonNode body) {
    if (!body.has("results")) {
      return Optional.of(List.of(result(body)));
    }
    List<Result> results = new ArrayList<>();
    for (JsonNode item : body.path("results")) {
      String outcome = item.path("outcome").asText();
      if (outcome.equals("outcome_unknown") || outcome.equals("unavailable")) {
        return Optional.empty();
      }
      results.add(result(item));
    }
    if (results.size() != effects.size()) {
      throw new AssertionError(this + " answered " + body);
    }
    IntStream.range(0, results.size())
        .filter(i -> !effects.get(i).key().id().isEmpty())
        .filter(i -> !effects.get(i).key().id().equals(results.get(i).id()))
        .forEach(i -> {
          throw new AssertionError("results in another order: " + this + " answered " + body);
        });
    return Optional.of(results);
  }

  private static Result result(JsonNode item) {
    String outcome = item.path("outcome").asText();
    boolean without = outcome.equals("conflict") || outcome.equals("not_found");
    return new Result(
        item.path("id").asText(),
        item.path("version").asLong(),
        without ? Result.NO_EFFECT : outcome);
  }
}
