package io.vecraft.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Lets storage nodes of one set leave or stay, and says how many there are to be meanwhile ({@link
 * StorageOrders}). Whom the operator has told to leave is kept at the StatefulSet. As long as the
 * gateways do not tell, there are as many as there were; that is so, too, while the StatefulSet is
 * made again for larger volumes.
 */
final class StorageStep {
  private final KubernetesClient client;
  private final VecraftCluster cluster;
  private final ClusterNames names;
  private final Part part;
  private final int wanted;
  private final Consumer<String> tell;

  /**
   * For one pass.
   *
   * @param part Pods of the set
   * @param wanted nodes
   * @param tell what has been done
   */
  StorageStep(
      KubernetesClient client,
      VecraftCluster cluster,
      ClusterNames names,
      Part part,
      int wanted,
      Consumer<String> tell) {
    this.client = client;
    this.cluster = cluster;
    this.names = names;
    this.part = part;
    this.wanted = wanted;
    this.tell = tell;
  }

  /**
   * What is to be when the step could not be taken: as many as there were.
   *
   * @param set of the storage nodes, from a cache
   */
  StoragePlan untaken(Optional<StatefulSet> set) {
    return StoragePlan.unchanged(
        set.map(s -> s.getSpec().getReplicas()).orElse(wanted),
        told(set),
        "storage nodes neither leave nor stay: what there is could not be looked at");
  }

  /**
   * Takes the step.
   *
   * @param set of the storage nodes, from a cache
   * @param applied whether the set is applied in this pass; whom is told to leave could not be kept
   *     otherwise
   */
  StoragePlan run(Optional<StatefulSet> set, boolean applied) {
    int there = set.map(s -> s.getSpec().getReplicas()).orElseGet(this::orphans);
    Set<String> told = told(set);
    if (StoragePlan.settled(wanted, there, told, names.of(part))) {
      return StoragePlan.settled(wanted, told);
    }
    if (!applied) {
      return StoragePlan.unchanged(
          there, told, "storage nodes leave or stay once their volumes are as wanted");
    }
    return new StorageOrders(new ThroughGateways(), names.of(part)).give(wanted, there, told);
  }

  /** Pods that a StatefulSet has left behind, which was deleted to be made again. */
  private int orphans() {
    return StoragePlan.there(
        client
            .pods()
            .inNamespace(names.namespace())
            .withLabels(names.selector(part))
            .list()
            .getItems()
            .stream()
            .map(p -> p.getMetadata().getName())
            .toList(),
        names.of(part));
  }

  /**
   * Lets the engine forget that nodes were to leave, which are not there any more.
   *
   * @param nodes their names
   */
  void forget(Set<String> nodes) throws GatewayException {
    var gateways = new ThroughGateways();
    for (String node : nodes) {
      gateways.stay(node);
    }
  }

  private static Set<String> told(Optional<StatefulSet> set) {
    return set.map(StorageStep::told).orElse(Set.of());
  }

  /** Nodes of a set that the operator has told to leave. */
  static Set<String> told(StatefulSet set) {
    return Optional.ofNullable(set.getMetadata().getAnnotations())
        .map(a -> a.get(Labels.LEAVING))
        .filter(text -> !text.isEmpty())
        .<Set<String>>map(text -> new TreeSet<>(Set.of(text.split(","))))
        .orElse(Set.of());
  }

  /** The nodes as the gateways tell of them, found when they are asked first. */
  private final class ThroughGateways implements StorageOrders.Nodes {
    private Optional<Gateway> found = Optional.empty();

    private Gateway gateway() throws GatewayException {
      if (found.isEmpty()) {
        found =
            Gateways.of(client, cluster, "kubernetes/" + names.namespace() + "/" + names.cluster());
      }
      return found.orElseThrow(() -> new GatewayException("the cluster has no gateways yet"));
    }

    @Override
    public Map<String, Long> leaving() throws GatewayException {
      Map<String, Long> left = new TreeMap<>();
      for (JsonNode node : gateway().cluster().path("leaving")) {
        left.put(node.path("node").asText(), node.path("replicas_left").asLong());
      }
      return left;
    }

    @Override
    public boolean leave(String node) throws GatewayException {
      boolean known = gateway().leave(node);
      tell.accept(node + (known ? " is emptied, and leaves" : " is not known, and leaves"));
      return known;
    }

    @Override
    public void stay(String node) throws GatewayException {
      gateway().stay(node);
      tell.accept(node + " stays");
    }
  }
}
