package io.vecraft.crd.partition;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.vecraft.crd.common.ConditionState;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A partition as it is.
 *
 * @param observedGeneration of the specification that was worked on last
 * @param conditions {@code Ready}: it has a leader, and takes writes; {@code Placed}: it is on the
 *     journal nodes that it is wanted on, and on no others
 * @param leader journal node that orders writes; absent when there is none
 * @param replicas journal nodes that have it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JournalPartitionStatus(
    @JsonPropertyDescription("Generation of the specification that was worked on last.")
        long observedGeneration,
    @JsonPropertyDescription("Ready, Placed.") List<ConditionState> conditions,
    @JsonPropertyDescription("Journal node that orders writes.") @Nullable String leader,
    @JsonPropertyDescription("Journal nodes that have it.") List<String> replicas) {

  public JournalPartitionStatus(
      long observedGeneration,
      @Nullable List<ConditionState> conditions,
      @Nullable String leader,
      @Nullable List<String> replicas) {
    this.observedGeneration = observedGeneration;
    this.conditions = conditions == null ? List.of() : List.copyOf(conditions);
    this.leader = leader;
    this.replicas = replicas == null ? List.of() : List.copyOf(replicas);
  }

  /** The condition of that type. */
  public Optional<ConditionState> condition(String type) {
    return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
  }
}
