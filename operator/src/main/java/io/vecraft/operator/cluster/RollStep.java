package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.engine.CaughtUp;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import io.vecraft.operator.roll.RollPlan;
import io.vecraft.operator.roll.RollPlan.Decision;
import io.vecraft.operator.roll.SetState;
import io.vecraft.operator.status.Events;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces Pods of StatefulSets that are of an old revision: first etcd, then the journal, then
 * storage, one Pod at a time. What a cache says is not enough to take a Pod away: it is decided
 * once more from what the API server says, and the Pod must be the one that was seen.
 */
final class RollStep {
  private static final Logger LOG = LoggerFactory.getLogger(RollStep.class);
  private final KubernetesClient client;
  private final VecraftCluster cluster;
  private final ClusterNames names;
  private final List<StorageSet> storage;
  private final List<Part> order = new ArrayList<>();
  private final Events events;

  /**
   * For one pass.
   *
   * @param journals sets of journal nodes of partitions' own
   * @param storage sets of storage nodes, in the order in which they are rolled
   */
  RollStep(
      KubernetesClient client,
      VecraftCluster cluster,
      ClusterNames names,
      List<JournalPools.Wanted> journals,
      List<StorageSet> storage,
      Events events) {
    this.client = client;
    this.cluster = cluster;
    this.names = names;
    this.storage = List.copyOf(storage);
    order.add(Component.ETCD);
    order.add(Component.JOURNAL);
    journals.forEach(set -> order.add(set.part()));
    storage.forEach(set -> order.add(set.part()));
    this.events = events;
  }

  /**
   * Takes the next step, if there is one to take.
   *
   * @param sets from a cache, by name
   */
  Decision run(Map<String, StatefulSet> sets) {
    if (order.stream()
        .flatMap(c -> Optional.ofNullable(sets.get(names.of(c))).stream())
        .allMatch(RollStep::settled)) {
      return new RollPlan.Settled();
    }
    Map<String, Pod> pods = new HashMap<>();
    Decision decision = RollPlan.of(live(pods), gates());
    if (decision instanceof RollPlan.Replace(var name, var reason)) {
      Pod pod = pods.get(name);
      if (pod != null && pod.getMetadata().getDeletionTimestamp() == null) {
        LOG.info("replacing Pod {}/{}: {}", names.namespace(), name, reason);
        client.resource(pod).lockResourceVersion().delete();
        events.done(
            cluster, "PodReplaced", "Roll", "Pod %s is replaced: %s".formatted(name, reason));
      }
    }
    return decision;
  }

  /** Whether a set has nothing to roll, from its status alone. */
  static boolean settled(StatefulSet set) {
    var status = set.getStatus();
    return status != null
        && set.getMetadata().getGeneration().equals(status.getObservedGeneration())
        && status.getUpdateRevision() != null
        && status.getUpdatedReplicas() != null
        && status.getUpdatedReplicas() >= set.getSpec().getReplicas();
  }

  private List<SetState> live(Map<String, Pod> byName) {
    var states = new ArrayList<SetState>();
    for (Part part : order) {
      StatefulSet set =
          client
              .apps()
              .statefulSets()
              .inNamespace(names.namespace())
              .withName(names.of(part))
              .get();
      if (set != null) {
        List<Pod> pods =
            client
                .pods()
                .inNamespace(names.namespace())
                .withLabels(names.selector(part))
                .list()
                .getItems();
        pods.forEach(p -> byName.put(p.getMetadata().getName(), p));
        states.add(SetState.of(set, pods));
      }
    }
    return List.copyOf(states);
  }

  /** What the engine says against taking a Pod away; asked through the gateways. */
  private final class EngineGate implements RollPlan.Gate {
    private final String name;
    private final Question question;

    EngineGate(String name, Question question) {
      this.name = name;
      this.question = question;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Optional<String> closed() {
      try {
        Optional<Gateway> gateway =
            Gateways.of(client, cluster, "kubernetes/" + names.namespace() + "/" + names.cluster());
        return gateway.isEmpty()
            ? Optional.of("the cluster has no gateways yet that could be asked")
            : question.ask(gateway.get());
      } catch (GatewayException e) {
        return Optional.of("the gateways do not tell: " + e.getMessage());
      }
    }
  }

  /** Asks gateways what is against it. */
  private interface Question {
    Optional<String> ask(Gateway gateway) throws GatewayException;
  }

  private List<RollPlan.Gate> gates() {
    Map<String, Integer> nodes = new HashMap<>();
    storage.forEach(set ->
        nodes.put(
            set.part() instanceof Pool pool ? pool.name() : CaughtUp.SHARED,
            set.spec().replicas()));
    int usual = cluster.getSpec().control().shardReplicas();
    return List.of(
        new EngineGate("every_partition_has_a_leader", g -> CaughtUp.withoutLeader(g.partitions())),
        new EngineGate(
            "storage_has_caught_up",
            g -> {
              var partitions = g.partitions();
              return CaughtUp.problem(partitions, g.list(), nodes, usual);
            }));
  }
}
