package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The gateways, which clients talk to.
 *
 * @param replicas how many
 * @param service how they are reached
 * @param tls absent: plain HTTP
 * @param embedding services that may be asked for vectors of texts; absent: none
 * @param resources of each
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GatewaySpec(
    @Default("2") @Min(1) @Max(256) @JsonPropertyDescription("Gateways.") int replicas,
    @Default("{}") @JsonPropertyDescription("The Service in front of them.")
        GatewayServiceSpec service,
    @JsonPropertyDescription("HTTPS at the port that clients call; plain HTTP when absent.")
        @Nullable GatewayTlsSpec tls,
    @JsonPropertyDescription("Services that may be asked for vectors of texts; none when absent.")
        @Nullable GatewayEmbeddingSpec embedding,
    @JsonPropertyDescription("Requests and limits of each gateway.")
        @Nullable ResourceRequirements resources) {
  private static final int REPLICAS = 2;

  /** Two of them, reached inside the Kubernetes cluster. */
  public static final GatewaySpec DEFAULT =
      new GatewaySpec(REPLICAS, GatewayServiceSpec.DEFAULT, null, null, null);

  public GatewaySpec {
    replicas = replicas == 0 ? REPLICAS : replicas;
    service = service == null ? GatewayServiceSpec.DEFAULT : service;
  }

  /** HTTPS, where it is wanted. */
  public Optional<GatewayTlsSpec> https() {
    return Optional.ofNullable(tls);
  }

  /** Services that may be asked for vectors, where there are some. */
  public Optional<GatewayEmbeddingSpec> embeddings() {
    return Optional.ofNullable(embedding);
  }
}
