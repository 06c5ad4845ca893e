package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.crash.Effect.Condition;
import io.vecraft.e2e.crash.Effect.Key;
import io.vecraft.e2e.crash.Effect.Merge;
import io.vecraft.e2e.crash.Effect.Put;
import io.vecraft.e2e.crash.Effect.Remove;
import io.vecraft.e2e.http.Rest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes random writes of every kind: single and in batches, with and without conditions, patches,
 * deletes, transactions over shards and collections. Records are few, so that clients meet. The
 * versions that conditions name are the last that a client was told, so they hold often but not
 * always. Safe for concurrent use; the random numbers are the caller's.
 */
final class Requests {
  /** The collections, and the dimension of both. */
  static final List<String> COLLECTIONS = List.of("a", "b");

  static final int DIMENSION = 8;
  static final int CATEGORIES = 4;
  private static final int HOT_RECORDS = 24;

  private final Map<Key, Long> lastTold = new ConcurrentHashMap<>();

  /** Takes note of versions that a client was told. */
  void told(Sent sent) {
    List<Effect> effects = sent.request().effects();
    List<Request.Result> results = sent.results();
    for (int i = 0; i < effects.size(); i++) {
      if (!results.get(i).outcome().equals(Request.Result.NO_EFFECT)) {
        lastTold.merge(effects.get(i).key(), results.get(i).stamp(), Math::max);
      }
    }
  }

  /** The next request of a client. */
  Request next(Random random, String id) {
    int kind = random.nextInt(100);
    if (kind < 35) {
      return batch(random, id);
    } else if (kind < 42) {
      return insert(random, id);
    } else if (kind < 54) {
      return patch(random, id);
    } else if (kind < 62) {
      return delete(random, id);
    } else if (kind < 67) {
      return deletes(random, id);
    }
    return transaction(random, id);
  }

  /** Unconditional records of a collection, for one that others do not use. */
  static Request batchOf(Random random, String id, String collection, int dimension, int count) {
    List<Effect> effects = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Key key = new Key(collection, "r" + random.nextInt(HOT_RECORDS) + "-" + i);
      effects.add(new Put(key, new Condition.None(), vector(random, dimension), metadata(random)));
    }
    return batch(id, effects, random);
  }

  private Request batch(Random random, String id) {
    String collection = collection(random);
    List<Effect> effects = new ArrayList<>();
    for (Key key : keys(random, collection, 1 + random.nextInt(6))) {
      effects.add(put(random, key, 40));
    }
    return batch(id, effects, random);
  }

  private static Request batch(String id, List<Effect> effects, Random random) {
    ObjectNode body = Rest.object();
    ArrayNode vectors = body.putArray("vectors");
    effects.forEach(effect -> vectors.add(json(effect)));
    ack(random, body);
    String name = effects.getFirst().key().collectionName();
    return new Request(
        id, "POST", "/v1/collections/" + name + "/vectors", body.toString(), false, effects);
  }

  /** The server makes the record's id: a retry that counts twice would make two records. */
  private Request insert(Random random, String id) {
    Put put =
        new Put(
            new Key(collection(random), ""),
            new Condition.None(),
            vector(random, DIMENSION),
            metadata(random));
    ObjectNode body = json(put).put("collection", put.key().collectionName());
    body.remove("id");
    ack(random, body);
    return new Request(id, "POST", "/v1/vectors", body.toString(), false, List.of(put));
  }

  private Request patch(Random random, String id) {
    Merge merge = merge(random, hot(random, collection(random)));
    ObjectNode body = json(merge);
    body.remove("id");
    return new Request(id, "PATCH", path(merge), body.toString(), false, List.of(merge));
  }

  private Request delete(Random random, String id) {
    Remove remove = remove(random, hot(random, collection(random)), 50);
    String query =
        remove.condition() instanceof Condition.IfVersion(long version)
            ? "?if_version=" + version
            : "";
    return new Request(id, "DELETE", path(remove) + query, "", false, List.of(remove));
  }

  private Request deletes(Random random, String id) {
    String collection = collection(random);
    List<Effect> effects = new ArrayList<>();
    ObjectNode body = Rest.object();
    ArrayNode ids = body.putArray("ids");
    for (Key key : keys(random, collection, 1 + random.nextInt(3))) {
      effects.add(new Remove(key, new Condition.None()));
      ids.add(key.id());
    }
    String path = "/v1/collections/" + collection + "/vectors/delete";
    return new Request(id, "POST", path, body.toString(), false, effects);
  }

  private Request transaction(Random random, String id) {
    List<Effect> effects = new ArrayList<>();
    int conditional = random.nextBoolean() ? 50 : 0;
    for (String collection : COLLECTIONS) {
      for (Key key : keys(random, collection, 1 + random.nextInt(3))) {
        int kind = random.nextInt(10);
        if (kind < 6) {
          effects.add(put(random, key, conditional));
        } else if (kind < 8 && conditional > 0) {
          effects.add(merge(random, key));
        } else {
          effects.add(remove(random, key, conditional));
        }
      }
    }
    ObjectNode body = Rest.object();
    ArrayNode operations = body.putArray("operations");
    for (Effect effect : effects) {
      String kind =
          switch (effect) {
            case Put p -> "upsert";
            case Merge m -> "patch";
            case Remove r -> "delete";
          };
      operations
          .addObject()
          .put("collection", effect.key().collectionName())
          .set(kind, json(effect));
    }
    ack(random, body);
    return new Request(id, "POST", "/v1/transactions", body.toString(), true, effects);
  }

  private Put put(Random random, Key key, int percentConditional) {
    return new Put(
        key,
        condition(random, key, percentConditional),
        vector(random, DIMENSION),
        metadata(random));
  }

  private Condition condition(Random random, Key key, int percent) {
    if (random.nextInt(100) >= percent) {
      return new Condition.None();
    }
    Long version = lastTold.get(key);
    return version == null || random.nextInt(3) == 0
        ? new Condition.IfAbsent()
        : new Condition.IfVersion(version);
  }

  private Condition ifVersion(Random random, Key key, int percent) {
    Long version = lastTold.get(key);
    return version == null || random.nextInt(100) >= percent
        ? new Condition.None()
        : new Condition.IfVersion(version);
  }

  private Merge merge(Random random, Key key) {
    ObjectNode changes = Rest.object();
    changes.put("n", random.nextInt(1_000));
    if (random.nextBoolean()) {
      changes.putNull("extra");
    } else {
      changes.put("extra", "e" + random.nextInt(10));
    }
    return new Merge(key, ifVersion(random, key, 50), changes);
  }

  private Remove remove(Random random, Key key, int percentConditional) {
    return new Remove(key, ifVersion(random, key, percentConditional));
  }

  private static ObjectNode json(Effect effect) {
    ObjectNode json = Rest.object().put("id", effect.key().id());
    switch (effect) {
      case Put p -> {
        ArrayNode vector = json.putArray("vector");
        for (float number : p.vector()) {
          vector.add(number);
        }
        json.set("metadata", p.metadata());
      }
      case Merge m -> json.set("metadata", m.changes());
      case Remove r -> {}
    }
    switch (effect.condition()) {
      case Condition.None() -> {}
      case Condition.IfAbsent() -> json.put("if_absent", true);
      case Condition.IfVersion(long version) -> json.put("if_version", Long.toString(version));
    }
    return json;
  }

  private static void ack(Random random, ObjectNode body) {
    if (random.nextInt(5) == 0) {
      body.put("ack", "applied");
    }
  }

  private static String path(Effect effect) {
    return "/v1/collections/%s/vectors/%s"
        .formatted(effect.key().collectionName(), Rest.encode(effect.key().id()));
  }

  private static String collection(Random random) {
    return COLLECTIONS.get(random.nextInt(COLLECTIONS.size()));
  }

  private static Key hot(Random random, String collection) {
    return new Key(collection, "hot " + random.nextInt(HOT_RECORDS));
  }

  /** Different records, some of them hot. */
  private static Set<Key> keys(Random random, String collection, int count) {
    Set<Key> keys = new HashSet<>();
    while (keys.size() < count) {
      keys.add(
          random.nextInt(4) > 0
              ? hot(random, collection)
              : new Key(collection, "cold " + random.nextInt(2_000)));
    }
    return keys;
  }

  static float[] vector(Random random, int dimension) {
    var vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static ObjectNode metadata(Random random) {
    ObjectNode metadata = Rest.object();
    metadata.put("cat", "c" + random.nextInt(CATEGORIES));
    metadata.put("n", random.nextInt(1_000));
    return metadata;
  }
}
