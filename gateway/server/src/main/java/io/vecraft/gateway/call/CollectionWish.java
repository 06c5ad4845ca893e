package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.embedding.EmbeddingProviders;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.CollectionAdmin.Alteration;
import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.proto.journal.CollectionDefinition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** A collection as a client defines or changes it. For one thread. */
public final class CollectionWish {
  private static final Set<String> METRICS = Set.of("cosine", "dot", "l2");
  private static final Set<String> QUANTIZATIONS = Set.of("none", "lvq8");
  private static final int SCHEMA_NAME_CHARS = 512;

  private final Checks checks;
  private OptionalInt dimension = OptionalInt.empty();
  private Optional<String> metric = Optional.empty();
  private OptionalInt shards = OptionalInt.empty();
  private OptionalInt replicas = OptionalInt.empty();
  private Optional<String> pool = Optional.empty();
  private final Map<String, String> schema = new LinkedHashMap<>();
  private OptionalLong windowS = OptionalLong.empty();
  private OptionalInt m = OptionalInt.empty();
  private OptionalInt efConstruction = OptionalInt.empty();
  private Optional<String> quantization = Optional.empty();
  private Optional<String> embeddingJson = Optional.empty();

  public CollectionWish(Checks checks) {
    this.checks = checks;
  }

  public void dimension(long value, String field) {
    dimension = OptionalInt.of(checks.positive(Limit.DIMENSION, value, field));
  }

  public void metric(String name, String field) {
    metric = Optional.of(oneOf(METRICS, name, "cosine, dot or l2", field));
  }

  public void shards(long value, String field) {
    shards = OptionalInt.of(checks.positive(Limit.SHARDS, value, field));
  }

  /** On how many storage nodes each shard is to be; all where there are fewer. */
  public void replicas(long value, String field) {
    replicas = OptionalInt.of(checks.positive(Limit.REPLICAS, value, field));
  }

  /** The pool of the storage nodes that have its shards. */
  public void pool(String name, String field) {
    if (!NodePool.isName(name)) {
      throw Checks.invalid(
          "a pool's name is 1 to 63 lower case letters, digits, '.' or '-', beginning and ending"
              + " with a letter or a digit",
          field);
    }
    pool = Optional.of(name);
  }

  /** The pool that is named; empty where nothing is said. */
  Optional<String> pool() {
    return pool;
  }

  /** Declares a field of the metadata. */
  public void schema(String name, String type, String field) {
    if (name.length() > SCHEMA_NAME_CHARS) {
      throw Checks.invalid("a field's name has at most 512 characters", field);
    }
    try {
      FieldPath.parse(name);
    } catch (IllegalArgumentException e) {
      throw Checks.invalid(String.valueOf(e.getMessage()), field);
    }
    if (FieldType.of(type).isEmpty()) {
      throw Checks.invalid("a type is keyword, integer, float, bool or datetime", field);
    }
    if (schema.put(name, type) != null) {
      throw Checks.invalid("the field is declared twice", field);
    }
    checks.limits().check(Limit.SCHEMA_FIELDS, schema.size(), "schema");
  }

  public void timeTravelWindowS(long seconds, String field) {
    windowS = OptionalLong.of(checks.positive(Limit.TIME_TRAVEL_WINDOW_S, seconds, field));
  }

  public void m(long value, String field) {
    if (value < Limit.HNSW_M.min()) {
      throw Checks.invalid(value + " is below " + Limit.HNSW_M.min(), field);
    }
    m = OptionalInt.of(checks.positive(Limit.HNSW_M, value, field));
  }

  public void efConstruction(long value, String field) {
    if (value < Limit.EF_CONSTRUCTION.min()) {
      throw Checks.invalid(value + " is below " + Limit.EF_CONSTRUCTION.min(), field);
    }
    efConstruction = OptionalInt.of(checks.positive(Limit.EF_CONSTRUCTION, value, field));
  }

  public void quantization(String name, String field) {
    quantization = Optional.of(oneOf(QUANTIZATIONS, name, "none or lvq8", field));
  }

  /** Settings of the embedding provider, a JSON object. */
  public void embedding(String json) {
    embeddingJson = Optional.of(json);
  }

  /** The definition; what was not set is left to its default. */
  public CollectionDefinition definition(String name, EmbeddingProviders embeddings) {
    var definition = CollectionDefinition.newBuilder().setName(name).setDimension(size(embeddings));
    metric.ifPresent(definition::setMetric);
    shards.ifPresent(definition::setShards);
    replicas.ifPresent(definition::setReplicas);
    pool.ifPresent(p -> definition.setPool(NodePool.stored(p)));
    definition.putAllSchema(schema);
    windowS.ifPresent(definition::setTimeTravelWindowS);
    m.ifPresent(definition::setHnswM);
    efConstruction.ifPresent(definition::setHnswEfConstruction);
    quantization.ifPresent(definition::setQuantization);
    embeddingJson.ifPresent(definition::setEmbeddingJson);
    return definition.build();
  }

  private int size(EmbeddingProviders embeddings) {
    if (embeddingJson.isEmpty()) {
      return dimension.orElseThrow(() ->
          Checks.invalid("dimension, or an embedding that implies it, is needed", "dimension"));
    }
    int implied;
    try {
      implied = embeddings.validate(embeddingJson.get());
    } catch (VecraftException e) {
      throw e.field().filter(f -> f.startsWith("embedding")).isPresent() ? e : e.under("embedding");
    }
    if (dimension.isPresent() && dimension.getAsInt() != implied) {
      throw new VecraftException(
          ErrorCode.DIMENSION_MISMATCH,
          "the embedding has %d dimensions, not %d".formatted(implied, dimension.getAsInt()),
          "dimension");
    }
    checks.limits().check(Limit.DIMENSION, implied, "embedding.dimension");
    return implied;
  }

  /** A change; at least one thing changes. */
  public Alteration alteration() {
    boolean nothing =
        schema.isEmpty()
            && windowS.isEmpty()
            && efConstruction.isEmpty()
            && replicas.isEmpty()
            && pool.isEmpty();
    if (nothing) {
      throw Checks.invalid(
          "schema additions, time_travel_window_s, index.ef_construction, replicas or pool is"
              + " needed",
          "");
    }
    return new Alteration(Map.copyOf(schema), windowS, efConstruction, replicas, pool);
  }

  /** Refuses a change of what a collection keeps for good. */
  public static VecraftException fixed(String field) {
    return Checks.invalid("cannot be changed after the collection was made", field);
  }

  private static String oneOf(Set<String> known, String name, String shown, String field) {
    if (!known.contains(name)) {
      throw Checks.invalid(shown + " is needed", field);
    }
    return name;
  }
}
