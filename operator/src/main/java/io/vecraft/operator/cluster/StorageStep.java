package io.vecraft.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Tells storage nodes to leave or to stay, and how many there are to be meanwhile ({@link
 * StoragePlan}). Whom the operator has told to leave is kept at the StatefulSet. As long as the
 * gateways do not tell, there are as many as there were; that is so, too, while the StatefulSet is
 * made again for larger volumes.
 */
final class StorageStep {
  private final KubernetesClient client;
  private final VecraftCluster cluster;
  private final ClusterNames names;
  private final Consumer<String> tell;

  /**
   * For one pass.
   *
   * @param tell what has been done
   */
  StorageStep(
      KubernetesClient client, VecraftCluster cluster, ClusterNames names, Consumer<String> tell) {
    this.client = client;
    this.cluster = cluster;
    this.names = names;
    this.tell = tell;
  }

  /**
   * Takes the step.
   *
   * @param set of the storage nodes, from a cache
   */
  StoragePlan run(Optional<StatefulSet> set) {
    int wanted = cluster.getSpec().storage().replicas();
    int there = set.map(s -> s.getSpec().getReplicas()).orElseGet(this::orphans);
    Set<String> told = set.map(StorageStep::told).orElse(Set.of());
    if (StoragePlan.settled(wanted, there, told, names)) {
      return StoragePlan.settled(wanted, told);
    }
    try {
      Gateway gateway =
          Gateways.of(client, cluster, "kubernetes/" + names.namespace() + "/" + names.cluster())
              .orElseThrow(() -> new GatewayException("the cluster has no gateways yet"));
      StoragePlan plan = StoragePlan.of(wanted, there, told, leaving(gateway), names);
      for (String node : plan.stay()) {
        gateway.stay(node);
        tell.accept(node + " stays");
      }
      for (String node : plan.leave()) {
        gateway.leave(node);
        tell.accept(node + " is emptied, and leaves");
      }
      return plan;
    } catch (GatewayException e) {
      return new StoragePlan(
          there,
          List.of(),
          List.of(),
          told,
          Optional.of("storage nodes cannot leave or stay: " + e.getMessage()));
    }
  }

  /** Pods that a StatefulSet has left behind, which was deleted to be made again. */
  private int orphans() {
    Set<String> names = new TreeSet<>();
    client
        .pods()
        .inNamespace(this.names.namespace())
        .withLabels(this.names.selector(Component.STORAGE))
        .list()
        .getItems()
        .forEach(p -> names.add(p.getMetadata().getName()));
    int there = 0;
    while (names.contains(this.names.of(Component.STORAGE) + "-" + there)) {
      there++;
    }
    return there;
  }

  private static Set<String> told(StatefulSet set) {
    return Optional.ofNullable(set.getMetadata().getAnnotations())
        .map(a -> a.get(Labels.LEAVING))
        .filter(text -> !text.isEmpty())
        .<Set<String>>map(text -> new TreeSet<>(Set.of(text.split(","))))
        .orElse(Set.of());
  }

  private static Map<String, Long> leaving(Gateway gateway) throws GatewayException {
    Map<String, Long> left = new TreeMap<>();
    for (JsonNode node : gateway.cluster().path("leaving")) {
      left.put(node.path("node").asText(), node.path("replicas_left").asLong());
    }
    return left;
  }
}
