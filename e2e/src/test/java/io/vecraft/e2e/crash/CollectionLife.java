package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One collection that is made, filled, changed, dropped and made again by one client. What the
 * client was told is what must be there after a crash; a step whose answer was lost is taken again
 * under the same request id. For one thread at a time.
 */
final class CollectionLife {
  private static final String NAME = "short-lived";

  private final AtomicLong newest;
  private int generation;
  private boolean exists;
  private int dimension;
  private final ObjectNode schema = Rest.object();
  private int requests;
  private Optional<Step> pending = Optional.empty();

  CollectionLife(AtomicLong newest) {
    this.newest = newest;
  }

  /**
   * A step whose answer has not come.
   *
   * @param after what has changed once it has
   */
  private record Step(String method, String path, String id, String body, Runnable after) {}

  /** Its name, with the generation that tells it from those dropped. */
  String label() {
    return NAME + "#" + generation;
  }

  boolean exists() {
    return exists;
  }

  /**
   * Makes, changes or drops it.
   *
   * @param prefix of request ids
   * @return what was done
   * @throws IOException when no answer came; {@link #settle} goes on with it
   */
  String step(Rest rest, Random random, String prefix) throws IOException {
    String what;
    if (!exists) {
      create(random, prefix);
      what = "made";
    } else if (random.nextInt(3) == 0) {
      pending = Optional.of(new Step("DELETE", path(), nextId(prefix), "", () -> exists = false));
      what = "dropped";
    } else {
      alter(prefix);
      what = "changed";
    }
    settle(rest);
    return what;
  }

  private void create(Random random, String prefix) {
    int wanted = 2 + random.nextInt(6);
    ObjectNode body = Rest.object().put("dimension", wanted);
    body.put("metric", "cosine").put("shards", 1 + random.nextInt(3));
    body.putObject("schema").put("cat", "keyword");
    pending =
        Optional.of(
            new Step(
                "PUT",
                path(),
                nextId(prefix),
                body.toString(),
                () -> {
                  exists = true;
                  generation++;
                  dimension = wanted;
                  schema.removeAll().put("cat", "keyword");
                }));
  }

  private void alter(String prefix) {
    String field = "field" + schema.size();
    ObjectNode body = Rest.object();
    body.putObject("schema").put(field, "integer");
    pending =
        Optional.of(
            new Step(
                "PATCH",
                path(),
                nextId(prefix),
                body.toString(),
                () -> schema.put(field, "integer")));
  }

  private String nextId(String prefix) {
    return prefix + "-admin-" + requests++;
  }

  private static String path() {
    return "/v1/collections/" + NAME;
  }

  /** Takes the step whose answer was lost again. */
  void settle(Rest rest) throws IOException {
    while (pending.isPresent()) {
      Step step = pending.get();
      Rest.Reply reply = rest.send(step.method(), step.path(), step.id(), step.body());
      if (reply.status() == 503 || reply.status() == 504) {
        continue;
      }
      reply.ok();
      newest.accumulateAndGet(reply.body().path("hlc").asLong(), Math::max);
      step.after().run();
      pending = Optional.empty();
    }
  }

  /** A write to it. */
  Request write(Random random, String id) {
    return Requests.batchOf(random, id, label(), dimension, 1 + random.nextInt(8));
  }

  /** What the server says of it must be what the client was told. */
  void check(Rest rest) throws IOException {
    Rest.Reply reply = rest.get(path());
    if (!exists) {
      if (!reply.code().equals("collection_not_found")) {
        throw new AssertionError("a dropped collection is there: " + reply);
      }
      return;
    }
    JsonNode description = reply.ok();
    if (description.path("dimension").asInt() != dimension
        || !description.path("schema").equals(schema)) {
      throw new AssertionError(
          "dimension %d and schema %s expected: %s".formatted(dimension, schema, reply));
    }
  }
}
