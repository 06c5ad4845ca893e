package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import org.jspecify.annotations.Nullable;

/**
 * The storage nodes; control says which shards each has.
 *
 * @param replicas how many nodes
 * @param volume of each node, for its checkpoints
 * @param resources of each node; vectors live in memory outside the heap
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StorageSpec(
    @Default("2") @Min(1) @Max(64) @JsonPropertyDescription("Storage nodes.") int replicas,
    @Default("{}") @JsonPropertyDescription("Volume of each storage node.") VolumeSpec volume,
    @JsonPropertyDescription("Requests and limits of each storage node.")
        @Nullable ResourceRequirements resources) {
  private static final int REPLICAS = 2;

  /** Two nodes. */
  public static final StorageSpec DEFAULT = new StorageSpec(REPLICAS, VolumeSpec.DEFAULT, null);

  public StorageSpec {
    replicas = replicas == 0 ? REPLICAS : replicas;
    volume = volume == null ? VolumeSpec.DEFAULT : volume;
  }
}
