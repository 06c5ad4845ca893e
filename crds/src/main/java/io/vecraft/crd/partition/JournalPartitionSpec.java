package io.vecraft.crd.partition;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * Which partition it is. The operator makes these resources; a cluster's partitions are those that
 * it was made with.
 *
 * @param cluster name of the VecraftCluster, in the same namespace
 * @param partition its number, also in stamps
 * @param role what is written to it
 */
@ValidationRule(
    value = "self == oldSelf",
    message = "a JournalPartition is of one partition for good: the operator makes them")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JournalPartitionSpec(
    @Required @JsonPropertyDescription("Name of the VecraftCluster, in the same namespace.")
        String cluster,
    @Required @Min(0) @Max(255) @JsonPropertyDescription("Number of the partition, also in stamps.")
        int partition,
    @Required @JsonPropertyDescription("What is written to it: Data, Transaction or System.")
        PartitionRole role) {}
