package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import org.jspecify.annotations.Nullable;

/**
 * The control processes, of which one is elected: it places the replicas of shards on storage
 * nodes, and makes those anew that are lost.
 *
 * @param replicas how many processes
 * @param shardReplicas storage nodes that have each shard of a collection that says nothing about
 *     it
 * @param graceSeconds how long a storage node may be away before its replicas are made elsewhere
 * @param resources of each process
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ControlSpec(
    @Default("1") @Min(1) @Max(3) @JsonPropertyDescription("Control processes; one is elected.")
        int replicas,
    @Default("2")
        @Min(1)
        @Max(16)
        @JsonPropertyDescription(
            "Storage nodes that have each shard of a collection that says nothing about it; where"
                + " there are fewer, all of them.")
        int shardReplicas,
    @Default("300")
        @Min(10)
        @Max(86_400)
        @JsonPropertyDescription(
            "Seconds that a storage node may be away before its replicas are made elsewhere.")
        int graceSeconds,
    @JsonPropertyDescription("Requests and limits of each control process.")
        @Nullable ResourceRequirements resources) {
  private static final int SHARD_REPLICAS = 2;
  private static final int GRACE_SECONDS = 300;

  /** One process. */
  public static final ControlSpec DEFAULT = new ControlSpec(1, SHARD_REPLICAS, GRACE_SECONDS, null);

  public ControlSpec {
    replicas = replicas == 0 ? 1 : replicas;
    shardReplicas = shardReplicas == 0 ? SHARD_REPLICAS : shardReplicas;
    graceSeconds = graceSeconds == 0 ? GRACE_SECONDS : graceSeconds;
  }
}
