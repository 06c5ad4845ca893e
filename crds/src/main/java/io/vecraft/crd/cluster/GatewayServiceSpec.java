package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Service in front of the gateways.
 *
 * @param type of the Service
 * @param annotations that it gets
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GatewayServiceSpec(
    @Default("ClusterIP") @JsonPropertyDescription("ClusterIP, NodePort or LoadBalancer.")
        ServiceType type,
    @JsonPropertyDescription("Annotations of the Service, for load balancers that read them.")
        Map<String, String> annotations) {
  /** Inside the Kubernetes cluster alone. */
  public static final GatewayServiceSpec DEFAULT =
      new GatewayServiceSpec(ServiceType.CLUSTER_IP, Map.of());

  public GatewayServiceSpec(@Nullable ServiceType type, @Nullable Map<String, String> annotations) {
    this.type = type == null ? ServiceType.CLUSTER_IP : type;
    this.annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }
}
