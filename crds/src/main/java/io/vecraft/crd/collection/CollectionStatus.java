package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.vecraft.crd.common.ConditionState;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A collection as it is.
 *
 * @param observedGeneration of the specification that was worked on last
 * @param conditions {@code Ready}, {@code Reachable} and {@code Applied}
 * @param name of the collection in the cluster
 * @param id of the collection that this resource made or took over; one of another id is not its
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CollectionStatus(
    @JsonPropertyDescription("Generation of the specification that was worked on last.")
        long observedGeneration,
    @JsonPropertyDescription("Ready, Reachable and Applied.") List<ConditionState> conditions,
    @JsonPropertyDescription("Name of the collection in the cluster.") @Nullable String name,
    @JsonPropertyDescription("Number of the collection in the cluster.") @Nullable Long id) {

  public CollectionStatus(
      long observedGeneration,
      @Nullable List<ConditionState> conditions,
      @Nullable String name,
      @Nullable Long id) {
    this.observedGeneration = observedGeneration;
    this.conditions = conditions == null ? List.of() : List.copyOf(conditions);
    this.name = name;
    this.id = id;
  }

  /** The condition of that type. */
  public Optional<ConditionState> condition(String type) {
    return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
  }
}
