package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;

/**
 * The query processors, for autoscalers.
 *
 * @param replicas that there are
 * @param selector of their Pods
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record QueryStatus(
    @StatusReplicas @JsonPropertyDescription("Query processors that there are.") int replicas,
    @LabelSelector @JsonPropertyDescription("Selects their Pods.") String selector) {}
