package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import org.jspecify.annotations.Nullable;

/**
 * The journal nodes; each has a replica of every partition and is a member of the clock group.
 *
 * @param replicas 1, 3 or 5
 * @param dataPartitions journal partitions for data
 * @param volume of each node
 * @param resources of each node
 */
@ValidationRule(
    value = "self.replicas in [1, 3, 5]",
    message = "the journal has 1, 3 or 5 replicas: a majority of them must agree on each write",
    fieldPath = ".replicas")
@ValidationRule(
    value = "self.replicas == oldSelf.replicas",
    message = "the number of journal replicas cannot be changed yet",
    fieldPath = ".replicas")
@ValidationRule(
    value = "self.dataPartitions >= oldSelf.dataPartitions",
    message = "there cannot be fewer data partitions than before",
    fieldPath = ".dataPartitions")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JournalSpec(
    @Default("3")
        @JsonPropertyDescription(
            "Journal nodes: 1 (no fault tolerated), 3 or 5; cannot be changed.")
        int replicas,
    @Default("2")
        @Min(1)
        @Max(64)
        @JsonPropertyDescription(
            "Journal partitions for data: new collections have shards in all; never fewer.")
        int dataPartitions,
    @Default("{}") @JsonPropertyDescription("Volume of each journal node.") VolumeSpec volume,
    @JsonPropertyDescription("Requests and limits of each journal node.")
        @Nullable ResourceRequirements resources) {
  private static final int REPLICAS = 3;
  private static final int PARTITIONS = 2;

  /** Three nodes, two partitions for data. */
  public static final JournalSpec DEFAULT =
      new JournalSpec(REPLICAS, PARTITIONS, VolumeSpec.DEFAULT, null);

  public JournalSpec {
    replicas = replicas == 0 ? REPLICAS : replicas;
    dataPartitions = dataPartitions == 0 ? PARTITIONS : dataPartitions;
    volume = volume == null ? VolumeSpec.DEFAULT : volume;
  }
}
