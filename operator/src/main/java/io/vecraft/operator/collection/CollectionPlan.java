package io.vecraft.operator.collection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.crd.collection.CollectionSpec;
import io.vecraft.operator.engine.CaughtUp;
import java.util.Optional;
import java.util.TreeMap;

/** What has to be done for a collection, as a pure function of what is wanted and what is there. */
final class CollectionPlan {
  private CollectionPlan() {}

  /** One thing to do. */
  sealed interface Action {}

  /** It is as it should be. */
  record Nothing() implements Action {}

  /** It is made. */
  record Create(ObjectNode definition) implements Action {}

  /** It is changed, as far as collections change. */
  record Alter(ObjectNode change) implements Action {}

  /**
   * Nothing that the operator does makes it what is wanted.
   *
   * @param reason one word
   * @param message a sentence
   */
  record Refuse(String reason, String message) implements Action {}

  /**
   * What comes next.
   *
   * @param owner name of the resource in the cluster
   * @param pool of the storage nodes that are to have its shards
   * @param present the gateway's description, if there is such a collection
   */
  static Action of(CollectionSpec spec, String owner, String pool, Optional<JsonNode> present) {
    if (present.isEmpty()) {
      return new Create(definition(spec, pool));
    }
    JsonNode is = present.get();
    String owned = is.path("owner").asText("");
    if (!owned.equals(owner)) {
      return new Refuse(
          "Owned",
          owned.isEmpty()
              ? "the collection was made without a resource, and is not taken over"
              : "the collection belongs to " + owned);
    }
    Optional<String> fixed = fixedDifference(spec, is);
    if (fixed.isPresent()) {
      return new Refuse(
          "Conflict", fixed.get() + " of the collection is another one, and cannot be changed");
    }
    ObjectNode change = change(spec, pool, is);
    return change.isEmpty() ? new Nothing() : new Alter(change);
  }

  private static Optional<String> fixedDifference(CollectionSpec spec, JsonNode is) {
    JsonNode index = is.path("index");
    if (is.path("dimension").asInt() != spec.vector().dimension()) {
      return Optional.of("the dimension");
    }
    if (!is.path("metric").asText().equals(spec.vector().metric().text())) {
      return Optional.of("the metric");
    }
    if (is.path("shards").asInt() != spec.shards()) {
      return Optional.of("the number of shards");
    }
    if (index.path("m").asInt() != spec.index().m()) {
      return Optional.of("index.m");
    }
    if (!index.path("quantization").asText().equals(spec.vector().encoding().quantization())) {
      return Optional.of("the encoding");
    }
    Optional<String> embedding = EmbeddingPlan.difference(spec.texts(), is.path("embedding"));
    if (embedding.isPresent()) {
      return embedding;
    }
    return new TreeMap<>(spec.schema())
        .entrySet().stream()
            .filter(e -> is.path("schema").has(e.getKey()))
            .filter(e -> !is.path("schema").path(e.getKey()).asText().equals(e.getValue().text()))
            .map(e -> "the type of the field " + e.getKey())
            .findFirst();
  }

  private static ObjectNode change(CollectionSpec spec, String pool, JsonNode is) {
    ObjectNode change = JsonNodeFactory.instance.objectNode();
    ObjectNode additions = JsonNodeFactory.instance.objectNode();
    new TreeMap<>(spec.schema())
        .forEach((field, type) -> {
          if (!is.path("schema").has(field)) {
            additions.put(field, type.text());
          }
        });
    if (!additions.isEmpty()) {
      change.set("schema", additions);
    }
    Integer replicas = spec.replicas();
    if (replicas != null && is.path("replicas").asInt() != replicas) {
      change.put("replicas", replicas);
    }
    if (!is.path("pool").asText(CaughtUp.SHARED).equals(pool)) {
      change.put("pool", pool);
    }
    if (is.path("time_travel_window_s").asLong() != spec.timeTravelWindowSeconds()) {
      change.put("time_travel_window_s", spec.timeTravelWindowSeconds());
    }
    if (is.path("index").path("ef_construction").asInt() != spec.index().efConstruction()) {
      change.putObject("index").put("ef_construction", spec.index().efConstruction());
    }
    return change;
  }

  private static ObjectNode definition(CollectionSpec spec, String pool) {
    ObjectNode definition = JsonNodeFactory.instance.objectNode();
    definition
        .put("dimension", spec.vector().dimension())
        .put("metric", spec.vector().metric().text())
        .put("shards", spec.shards())
        .put("time_travel_window_s", spec.timeTravelWindowSeconds());
    Integer replicas = spec.replicas();
    if (replicas != null) {
      definition.put("replicas", replicas);
    }
    if (!pool.equals(CaughtUp.SHARED)) {
      definition.put("pool", pool);
    }
    ObjectNode schema = definition.putObject("schema");
    new TreeMap<>(spec.schema()).forEach((field, type) -> schema.put(field, type.text()));
    definition
        .putObject("index")
        .put("m", spec.index().m())
        .put("ef_construction", spec.index().efConstruction())
        .put("quantization", spec.vector().encoding().quantization());
    spec.texts()
        .ifPresent(e ->
            definition.set("embedding", EmbeddingPlan.definition(e, spec.vector().dimension())));
    return definition;
  }
}
