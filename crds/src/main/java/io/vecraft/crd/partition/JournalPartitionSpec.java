package io.vecraft.crd.partition;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which partition it is, and where it is to be. The operator makes these resources; replicas and
 * storage are for others to say.
 *
 * @param cluster name of the VecraftCluster, in the same namespace
 * @param partition its number, also in stamps
 * @param role what is written to it
 * @param replicas journal nodes that have it; absent: with nodes of its own three, else all of the
 *     cluster's
 * @param storage journal nodes of its own that have it, and nothing else; absent: the cluster's
 */
@ValidationRule(
    value =
        "self.cluster == oldSelf.cluster && self.partition == oldSelf.partition && self.role =="
            + " oldSelf.role",
    message = "a JournalPartition is of one partition for good: the operator makes them")
@ValidationRule(
    value = "self.role != 'System' || (!has(self.replicas) && !has(self.storage))",
    message = "the System partition is on all journal nodes of the cluster: they keep the clock")
@ValidationRule(
    value =
        "!has(self.storage) || !has(oldSelf.storage) || (has(self.replicas) ? self.replicas : 3) =="
            + " (has(oldSelf.replicas) ? oldSelf.replicas : 3)",
    message =
        "the number of replicas cannot be changed while the partition has nodes of its own: take"
            + " storage away first")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JournalPartitionSpec(
    @Required @JsonPropertyDescription("Name of the VecraftCluster, in the same namespace.")
        String cluster,
    @Required @Min(0) @Max(255) @JsonPropertyDescription("Number of the partition, also in stamps.")
        int partition,
    @Required @JsonPropertyDescription("What is written to it: Data, Transaction or System.")
        PartitionRole role,
    @Min(1)
        @Max(9)
        @JsonPropertyDescription(
            "Journal nodes that have it; when absent, 3 with nodes of its own, else all of the"
                + " cluster's.")
        @Nullable Integer replicas,
    @JsonPropertyDescription(
            "Journal nodes of its own, a StatefulSet that has this partition and nothing else; those"
                + " of the cluster when absent. It takes writes while it moves.")
        @Nullable PartitionStorageSpec storage) {
  private static final int OWN_REPLICAS = 3;

  /** The journal nodes of its own, where it is to have some. */
  public Optional<PartitionStorageSpec> ownStorage() {
    return Optional.ofNullable(storage);
  }

  /** How many journal nodes are to have it; 0: all of the cluster's. */
  public int wantedReplicas() {
    return replicas != null ? replicas : storage == null ? 0 : OWN_REPLICAS;
  }
}
