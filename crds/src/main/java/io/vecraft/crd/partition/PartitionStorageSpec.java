package io.vecraft.crd.partition;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.vecraft.crd.cluster.VolumeSpec;
import org.jspecify.annotations.Nullable;

/**
 * Journal nodes that have one partition, and nothing else.
 *
 * @param volume of each node
 * @param resources of each node
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PartitionStorageSpec(
    @Default("{}") @JsonPropertyDescription("Volume of each journal node.") VolumeSpec volume,
    @JsonPropertyDescription("Requests and limits of each journal node.")
        @Nullable ResourceRequirements resources) {

  public PartitionStorageSpec {
    volume = volume == null ? VolumeSpec.DEFAULT : volume;
  }
}
