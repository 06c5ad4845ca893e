package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.engine.GatewayException;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Takes the storage nodes of a pool away that no resource wants any more. They are emptied like
 * those of any other set ({@link StorageStep}), then there are fewer of them; when there is none,
 * the engine forgets that they were to leave, and the StatefulSet goes, after what was made for it.
 * Kubernetes deletes each volume with its node.
 */
final class LeftPool {
  private final KubernetesClient client;
  private final ClusterNames names;
  private final Pool pool;
  private final StorageStep step;

  LeftPool(KubernetesClient client, ClusterNames names, Pool pool, StorageStep step) {
    this.client = client;
    this.names = names;
    this.pool = pool;
    this.step = step;
  }

  /**
   * Takes the next step.
   *
   * @param set of the pool, from a cache
   * @return what is waited for
   */
  String run(StatefulSet set) {
    StoragePlan plan = step.run(Optional.of(set), true);
    int pods =
        Optional.ofNullable(set.getStatus())
            .flatMap(s -> Optional.ofNullable(s.getReplicas()))
            .orElse(0);
    if (set.getSpec().getReplicas() == 0 && pods == 0) {
      return remove(set, plan);
    }
    boolean same =
        set.getSpec().getReplicas() == plan.replicas() && StorageStep.told(set).equals(plan.told());
    if (!same) {
      client
          .resource(set)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}},\"spec\":{\"replicas\":%d}}"
                  .formatted(
                      Labels.LEAVING,
                      String.join(",", new TreeSet<>(plan.told())),
                      plan.replicas()));
    }
    return plan.waiting().orElse(names.of(pool) + " is emptied and goes");
  }

  private String remove(StatefulSet set, StoragePlan plan) {
    try {
      step.forget(plan.told());
    } catch (GatewayException e) {
      return "%s is empty, and goes when the gateways have heard of it: %s"
          .formatted(names.of(pool), e.getMessage());
    }
    client.services().inNamespace(names.namespace()).withName(names.of(pool)).delete();
    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(names.namespace())
        .withName(names.of(pool))
        .delete();
    if (set.getMetadata().getDeletionTimestamp() == null) {
      client.resource(set).delete();
    }
    return names.of(pool) + " is empty, and goes";
  }
}
