package io.vecraft.gateway.body;

import io.vecraft.gateway.call.CollectionWish;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.json.JsonIn;
import java.nio.charset.StandardCharsets;

/** Definitions of collections and changes of them. */
public final class CollectionBody {
  private static final String[] NAMES = {
    "dimension",
    "metric",
    "shards",
    "schema",
    "time_travel_window_s",
    "index",
    "embedding",
    "replicas",
    "pool"
  };
  static final Fields FIELDS = Fields.of("CollectionRequest", NAMES);
  // The same names, so that a change of what is fixed is told as such.
  static final Fields CHANGE_FIELDS = Fields.of("CollectionChange", NAMES);
  static final Fields INDEX_FIELDS =
      Fields.of("IndexSettings", "m", "ef_construction", "quantization");

  private final Bodies bodies;

  public CollectionBody(Bodies bodies) {
    this.bodies = bodies;
  }

  public CollectionWish definition(byte[] body) {
    return bodies.read(body, in -> read(in, FIELDS, false));
  }

  public CollectionWish change(byte[] body) {
    return bodies.read(body, in -> read(in, CHANGE_FIELDS, true));
  }

  private CollectionWish read(JsonIn in, Fields fields, boolean change) {
    var wish = new CollectionWish(bodies.checks());
    in.object(fields);
    for (int field = in.field(); field >= 0; field = in.field()) {
      String path = in.path();
      boolean changes = (field >= 3 && field <= 5) || field >= 7;
      if (change && !changes) {
        throw CollectionWish.fixed(path);
      }
      switch (field) {
        case 0 -> wish.dimension(any(in), path);
        case 1 -> wish.metric(in.text(), path);
        case 2 -> wish.shards(any(in), path);
        case 3 -> schema(in, wish);
        case 4 -> wish.timeTravelWindowS(any(in), path);
        case 5 -> index(in, wish, change);
        case 6 -> wish.embedding(new String(in.rawObject(), StandardCharsets.UTF_8));
        case 7 -> wish.replicas(any(in), path);
        case 8 -> wish.pool(in.text(), path);
        default -> throw new IllegalStateException("field " + field);
      }
    }
    return wish;
  }

  private static void schema(JsonIn in, CollectionWish wish) {
    in.openObject();
    while (in.name()) {
      String name = in.currentName();
      in.value();
      wish.schema(name, in.text(), in.path());
    }
  }

  private static void index(JsonIn in, CollectionWish wish, boolean change) {
    in.object(INDEX_FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      String path = in.path();
      if (change && field != 1) {
        throw CollectionWish.fixed(path);
      }
      switch (field) {
        case 0 -> wish.m(any(in), path);
        case 1 -> wish.efConstruction(any(in), path);
        case 2 -> wish.quantization(in.text(), path);
        default -> throw new IllegalStateException("field " + field);
      }
    }
  }

  private static long any(JsonIn in) {
    return in.integer(Long.MIN_VALUE, Long.MAX_VALUE);
  }
}
