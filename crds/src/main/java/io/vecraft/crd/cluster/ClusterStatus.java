package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.vecraft.crd.common.ConditionState;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as it is.
 *
 * @param observedGeneration of the specification that was worked on last
 * @param conditions {@code Ready}, and one for each area
 * @param endpoint where clients inside the Kubernetes cluster find the gateways
 * @param bootstrapKeySecret the Secret with the first key
 * @param query the query processors, for autoscalers
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterStatus(
    @JsonPropertyDescription("Generation of the specification that was worked on last.")
        long observedGeneration,
    @JsonPropertyDescription("Ready, and one for each area.") List<ConditionState> conditions,
    @JsonPropertyDescription("URL of the gateways inside the Kubernetes cluster.")
        @Nullable String endpoint,
    @JsonPropertyDescription("Secret with the key that may do everything.")
        @Nullable String bootstrapKeySecret,
    @JsonPropertyDescription("The query processors, for autoscalers.")
        @Nullable QueryStatus query) {

  public ClusterStatus(
      long observedGeneration,
      @Nullable List<ConditionState> conditions,
      @Nullable String endpoint,
      @Nullable String bootstrapKeySecret,
      @Nullable QueryStatus query) {
    this.observedGeneration = observedGeneration;
    this.conditions = conditions == null ? List.of() : List.copyOf(conditions);
    this.endpoint = endpoint;
    this.bootstrapKeySecret = bootstrapKeySecret;
    this.query = query;
  }

  /** The condition of that type. */
  public Optional<ConditionState> condition(String type) {
    return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
  }
}
