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
 * @param host what runs it
 * @param replicas how many processes of the Deployment
 * @param shardReplicas storage nodes that have each shard of a collection that says nothing about
 *     it
 * @param graceSeconds how long a storage node may be away before its replicas are made elsewhere
 * @param resources of each process of the Deployment
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ControlSpec(
    @Default("Deployment")
        @JsonPropertyDescription(
            "What runs control: a Deployment of its own, which needs neither the operator nor the"
                + " API server, or the operator's process.")
        ControlHost host,
    @Default("1")
        @Min(1)
        @Max(3)
        @JsonPropertyDescription("Control processes of the Deployment; one is elected.")
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
    @JsonPropertyDescription("Requests and limits of each control process of the Deployment.")
        @Nullable ResourceRequirements resources) {
  private static final int SHARD_REPLICAS = 2;
  private static final int GRACE_SECONDS = 300;

  /** One process in a Deployment. */
  public static final ControlSpec DEFAULT =
      new ControlSpec(ControlHost.DEPLOYMENT, 1, SHARD_REPLICAS, GRACE_SECONDS, null);

  public ControlSpec {
    host = host == null ? ControlHost.DEPLOYMENT : host;
    replicas = replicas == 0 ? 1 : replicas;
    shardReplicas = shardReplicas == 0 ? SHARD_REPLICAS : shardReplicas;
    graceSeconds = graceSeconds == 0 ? GRACE_SECONDS : graceSeconds;
  }
}
