package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import org.jspecify.annotations.Nullable;

/**
 * The query processors.
 *
 * @param replicas how many; the {@code scale} subresource of the cluster sets it
 * @param resources of each
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record QuerySpec(
    @SpecReplicas
        @Default("2")
        @Min(1)
        @Max(256)
        @JsonPropertyDescription("Query processors; what `kubectl scale` and autoscalers change.")
        int replicas,
    @JsonPropertyDescription("Requests and limits of each query processor.")
        @Nullable ResourceRequirements resources) {
  private static final int REPLICAS = 2;

  /** Two of them. */
  public static final QuerySpec DEFAULT = new QuerySpec(REPLICAS, null);

  public QuerySpec {
    replicas = replicas == 0 ? REPLICAS : replicas;
  }
}
