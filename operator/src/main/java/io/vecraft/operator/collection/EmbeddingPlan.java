package io.vecraft.operator.collection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.crd.cluster.GatewayEmbeddingSpec;
import io.vecraft.crd.cluster.GatewaySpec;
import io.vecraft.crd.collection.EmbeddingSpec;
import io.vecraft.operator.engine.EmbeddingKeys;
import java.util.Optional;

/**
 * The embedding of a collection: how the gateways are told, and whether what they tell is the same.
 * They give back what they were told, letter by letter.
 */
final class EmbeddingPlan {
  private EmbeddingPlan() {}

  /** As the gateways take it, with nothing that is left to its default. */
  static ObjectNode definition(EmbeddingSpec spec, int dimension) {
    ObjectNode definition =
        JsonNodeFactory.instance
            .objectNode()
            .put("provider", spec.provider().text())
            .put("dimension", dimension);
    spec.service().ifPresent(url -> definition.put("url", url));
    spec.modelName().ifPresent(model -> definition.put("model", model));
    spec.keyEntry()
        .ifPresent(entry -> definition.put("api_key_ref", EmbeddingKeys.reference(entry)));
    if (spec.sendDimension()) {
      definition.put("send_dimension", true);
    }
    return definition;
  }

  /** What the cluster has to say first; empty when there is nothing. */
  static Optional<String> lacking(Optional<EmbeddingSpec> spec, GatewaySpec gateway) {
    boolean noKeys = gateway.embeddings().flatMap(GatewayEmbeddingSpec::keys).isEmpty();
    return spec.flatMap(EmbeddingSpec::keyEntry)
        .filter(entry -> noKeys)
        .map(entry ->
            "the VecraftCluster has no gateway.embedding.secret, where %s, the embedding.apiKey, would be"
                .formatted(entry));
  }

  /**
   * What of the embedding is another one, by its name in the resource. The dimension is that of the
   * collection: the gateways take no other.
   *
   * @param is the embedding in the gateway's description; missing where there is none
   */
  static Optional<String> difference(Optional<EmbeddingSpec> spec, JsonNode is) {
    if (spec.isEmpty() || is.isMissingNode()) {
      return spec.isEmpty() && is.isMissingNode() ? Optional.empty() : Optional.of("the embedding");
    }
    EmbeddingSpec wanted = spec.get();
    if (!text(is, "provider").equals(Optional.of(wanted.provider().text()))) {
      return Optional.of("embedding.provider");
    }
    if (!text(is, "url").equals(wanted.service())) {
      return Optional.of("embedding.url");
    }
    if (!text(is, "model").equals(wanted.modelName())) {
      return Optional.of("embedding.model");
    }
    if (!text(is, "api_key_ref").equals(wanted.keyEntry().map(EmbeddingKeys::reference))) {
      return Optional.of("embedding.apiKey");
    }
    return is.path("send_dimension").asBoolean(false) == wanted.sendDimension()
        ? Optional.empty()
        : Optional.of("embedding.sendDimension");
  }

  private static Optional<String> text(JsonNode is, String name) {
    return Optional.ofNullable(is.path(name).textValue());
  }
}
