package io.vecraft.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import java.util.Optional;

/**
 * Takes the journal nodes of a partition away that no resource wants any more: not before the
 * gateways say that the partition is somewhere else, is nowhere else, and that no node of the pool
 * is among its replicas. Kubernetes deletes each volume with its node; then the StatefulSet goes,
 * after what was made for it.
 */
final class LeftJournalPool {
  private final KubernetesClient client;
  private final VecraftCluster cluster;
  private final ClusterNames names;

  LeftJournalPool(KubernetesClient client, VecraftCluster cluster, ClusterNames names) {
    this.client = client;
    this.cluster = cluster;
    this.names = names;
  }

  /**
   * Takes the next step.
   *
   * @param set of the pool, from a cache
   * @return what is waited for
   */
  String run(JournalPool pool, StatefulSet set) {
    String name = names.of(pool);
    if (set.getSpec().getReplicas() == 0) {
      int pods =
          Optional.ofNullable(set.getStatus())
              .flatMap(status -> Optional.ofNullable(status.getReplicas()))
              .orElse(0);
      if (pods == 0) {
        remove(set, name);
      }
      return name + " is empty, and goes";
    }
    try {
      Optional<Gateway> gateway =
          Gateways.of(client, cluster, "kubernetes/" + names.namespace() + "/" + names.cluster());
      if (gateway.isEmpty()) {
        return name + " goes when the gateways tell that nothing is there any more";
      }
      if (mayHaveReplicas(gateway.get().partitions(), pool, name)) {
        return "partition %d is on its way from %s".formatted(pool.partition(), name);
      }
    } catch (GatewayException e) {
      return "%s goes when the gateways tell that nothing is there any more: %s"
          .formatted(name, e.getMessage());
    }
    client
        .resource(set)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"replicas\":0}}");
    return name + " is empty, and goes";
  }

  /**
   * Whether something of the partition may be there; also where it is not told.
   *
   * @param partitions as the gateways tell of them
   * @param set name of the StatefulSet
   */
  static boolean mayHaveReplicas(JsonNode partitions, JournalPool pool, String set) {
    for (JsonNode partition : partitions) {
      if (partition.path("id").asInt() == pool.partition()) {
        boolean there =
            partition.path("moving").asBoolean(true)
                || partition.path("pool").asText(pool.name()).equals(pool.name());
        for (JsonNode replica : partition.path("replicas")) {
          there |= replica.asText().startsWith(set + "-");
        }
        return there;
      }
    }
    return true;
  }

  private void remove(StatefulSet set, String name) {
    client.services().inNamespace(names.namespace()).withName(name).delete();
    client.network().v1().networkPolicies().inNamespace(names.namespace()).withName(name).delete();
    if (set.getMetadata().getDeletionTimestamp() == null) {
      client.resource(set).delete();
    }
  }
}
