package io.vecraft.crd.common;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * One condition of a resource, as Kubernetes lays conditions out.
 *
 * @param type what it is about: {@code Ready}, or an area
 * @param status whether it holds
 * @param reason one word for programs
 * @param message a sentence for people; may be empty
 * @param observedGeneration of the specification that it speaks of
 * @param lastTransitionTime when the status last changed, RFC 3339
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ConditionState(
    @Required @JsonPropertyDescription("What the condition is about: Ready, or one area.")
        String type,
    @Required @JsonPropertyDescription("Whether it holds.") ConditionStatus status,
    @Required @JsonPropertyDescription("One word for programs.") String reason,
    @Required @JsonPropertyDescription("A sentence for people.") String message,
    @JsonPropertyDescription("Generation of the specification that it speaks of.")
        long observedGeneration,
    @Required @JsonPropertyDescription("When the status last changed.") String lastTransitionTime) {

  /** Whether it holds. */
  public boolean holds() {
    return status == ConditionStatus.TRUE;
  }
}
