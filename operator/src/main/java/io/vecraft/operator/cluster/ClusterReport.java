package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.vecraft.crd.cluster.ClusterStatus;
import io.vecraft.crd.cluster.QueryStatus;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.operator.control.HostState;
import io.vecraft.operator.roll.RollPlan;
import io.vecraft.operator.roll.RollPlan.Decision;
import io.vecraft.operator.status.Conditions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is seen of a cluster, as its status. An area is ready when its controller has seen the
 * newest specification, all Pods are of the newest revision, and as many as wanted are ready; each
 * Pod is ready when its process says so.
 */
final class ClusterReport {
  static final String READY = "Ready";
  static final String CERTIFICATES = "CertificatesReady";
  static final String ROLLED_OUT = "RolledOut";
  static final String PAUSED = "Paused";

  private ClusterReport() {}

  /**
   * What was found, and what has failed.
   *
   * @param statefulSets by name
   * @param deployments by name
   * @param roll what was decided about Pods of old revisions
   * @param partitions what is waited for before there are as many partitions as wanted
   * @param leaving what is waited for before journal nodes go that no partition wants any more
   * @param journals the sets of journal nodes that are wanted
   * @param storage what is waited for before there are as many storage nodes as wanted
   * @param storages the sets of storage nodes that are wanted
   * @param control how it stands with control that runs in the operator, where that is to be told
   * @param problems of the steps of this pass, by name of the step
   */
  record Observed(
      Map<String, StatefulSet> statefulSets,
      Map<String, Deployment> deployments,
      Decision roll,
      Optional<String> partitions,
      Optional<String> leaving,
      List<Part> journals,
      Optional<String> storage,
      List<Part> storages,
      Optional<HostState> control,
      Map<Step, String> problems) {}

  /** A step of a pass; each is taken whether or not others have failed. */
  enum Step {
    SECRETS,
    VOLUMES,
    STORAGE,
    OBJECTS,
    MONITORING,
    PARTITIONS,
    CONTROL,
    ROLL
  }

  static ClusterStatus of(
      VecraftCluster resource, ClusterNames names, Observed observed, Clock clock) {
    Optional<ClusterStatus> before = Optional.ofNullable(resource.getStatus());
    long generation = resource.getMetadata().getGeneration();
    var conditions =
        new Conditions(before.map(ClusterStatus::conditions).orElse(List.of()), generation, clock);
    var areas =
        new Conditions(before.map(ClusterStatus::conditions).orElse(List.of()), generation, clock);
    areas(resource, names, observed, areas);
    ready(resource, observed, areas.list(), conditions);
    areas.list().forEach(c -> conditions.add(c.type(), c.status(), c.reason(), c.message()));
    return new ClusterStatus(
        generation,
        conditions.list(),
        endpoint(resource, names),
        resource.getSpec().authentication().secret().orElse(names.bootstrapKey()),
        new QueryStatus(
            Optional.ofNullable(observed.deployments().get(names.of(Component.QUERY)))
                .map(d -> d.getStatus())
                .map(s -> s.getReplicas())
                .orElse(0),
            selector(names)));
  }

  private static String endpoint(VecraftCluster resource, ClusterNames names) {
    String scheme = resource.getSpec().gateway().https().isPresent() ? "https" : "http";
    return scheme + "://" + names.dns(names.of(Component.GATEWAY)) + ":" + Ports.PUBLIC;
  }

  private static String selector(ClusterNames names) {
    return names.selector(Component.QUERY).entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(","));
  }

  private static void ready(
      VecraftCluster resource,
      Observed observed,
      List<ConditionState> areas,
      Conditions conditions) {
    List<ConditionState> waiting =
        areas.stream().filter(c -> !c.type().equals(PAUSED) && !c.holds()).toList();
    if (!observed.problems().isEmpty()) {
      conditions.add(
          READY,
          false,
          "Failed",
          observed.problems().values().stream().collect(Collectors.joining("; ")));
    } else if (waiting.isEmpty()) {
      conditions.add(
          READY,
          true,
          resource.getSpec().paused() ? "Paused" : "Ready",
          "all parts of the cluster are ready");
    } else {
      conditions.add(
          READY,
          false,
          waiting.getFirst().reason(),
          waiting.stream().map(ConditionState::message).collect(Collectors.joining("; ")));
    }
  }

  private static void areas(
      VecraftCluster resource, ClusterNames names, Observed observed, Conditions areas) {
    String secrets = observed.problems().get(Step.SECRETS);
    areas.add(
        CERTIFICATES,
        secrets == null,
        secrets == null ? "Current" : "Failed",
        secrets == null ? "authority, certificates and first key are there" : secrets);
    if (resource.getSpec().etcd().managed() != null) {
      stateful(names.of(Component.ETCD), observed).add("EtcdReady", areas);
    } else {
      areas.add("EtcdReady", true, "External", "somebody else looks after etcd");
    }
    boolean runs = runs(observed.statefulSets().get(names.of(Component.JOURNAL)));
    if (observed.partitions().isPresent() && runs) {
      areas.add("JournalReady", false, "AddingPartitions", observed.partitions().get());
    } else if (observed.leaving().isPresent() && runs) {
      areas.add("JournalReady", false, "Emptying", observed.leaving().get());
    } else {
      each(names, observed.journals(), observed).add("JournalReady", areas);
    }
    if (observed.storage().isPresent()) {
      areas.add("StorageReady", false, "Emptying", observed.storage().get());
    } else {
      each(names, observed.storages(), observed).add("StorageReady", areas);
    }
    stateless(names.of(Component.QUERY), observed).add("QueryReady", areas);
    stateless(names.of(Component.GATEWAY), observed).add("GatewayReady", areas);
    control(names.of(Component.CONTROL), observed).add("ControlReady", areas);
    switch (observed.roll()) {
      case RollPlan.Settled() ->
          areas.add(ROLLED_OUT, true, "Settled", "no Pod is of an old revision");
      case RollPlan.Replace(var pod, var reason) ->
          areas.add(ROLLED_OUT, false, "Replacing", pod + " is replaced: " + reason);
      case RollPlan.Wait(var gate, var reason) ->
          areas.add(ROLLED_OUT, false, "Waiting", gate + ": " + reason);
    }
    areas.add(
        PAUSED,
        resource.getSpec().paused(),
        resource.getSpec().paused() ? "Asked" : "NotAsked",
        resource.getSpec().paused()
            ? "the operator changes nothing but certificates"
            : "the operator is at work");
  }

  /** Ready when every one of the sets is; else what the first one says that is not. */
  private static Area each(ClusterNames names, List<Part> parts, Observed observed) {
    List<Area> each = parts.stream().map(part -> stateful(names.of(part), observed)).toList();
    return each.stream()
        .filter(area -> !area.ready)
        .findFirst()
        .orElseGet(() ->
            new Area(
                true, "Ready", each.stream().map(Area::message).collect(Collectors.joining("; "))));
  }

  private static Area control(String name, Observed observed) {
    return Optional.ofNullable(observed.problems().get(Step.CONTROL))
        .map(problem -> new Area(false, "Failed", problem))
        .or(() -> observed.control().map(c -> new Area(c.ready(), c.reason(), c.message())))
        .orElseGet(() -> stateless(name, observed));
  }

  private static boolean runs(@Nullable StatefulSet set) {
    return set != null
        && set.getStatus() != null
        && number(set.getStatus().getReadyReplicas()) >= set.getSpec().getReplicas();
  }

  private static Area stateful(String name, Observed observed) {
    StatefulSet set = observed.statefulSets().get(name);
    if (set == null || set.getStatus() == null) {
      return new Area(false, "Starting", name + " is not there yet");
    }
    int wanted = set.getSpec().getReplicas();
    var status = set.getStatus();
    boolean seen = set.getMetadata().getGeneration().equals(status.getObservedGeneration());
    int ready = number(status.getReadyReplicas());
    int updated = number(status.getUpdatedReplicas());
    boolean rolled =
        status.getUpdateRevision() != null && updated >= wanted
            || status.getUpdateRevision() == null;
    return progress(name, new Progress(wanted, ready, number(status.getReplicas()), seen, rolled));
  }

  private static Area stateless(String name, Observed observed) {
    Deployment deployment = observed.deployments().get(name);
    if (deployment == null || deployment.getStatus() == null) {
      return new Area(false, "Starting", name + " is not there yet");
    }
    int wanted = deployment.getSpec().getReplicas();
    var status = deployment.getStatus();
    boolean seen = deployment.getMetadata().getGeneration().equals(status.getObservedGeneration());
    return progress(
        name,
        new Progress(
            wanted,
            number(status.getReadyReplicas()),
            number(status.getReplicas()),
            seen,
            number(status.getUpdatedReplicas()) >= wanted));
  }

  /**
   * How far a set of Pods is.
   *
   * @param wanted Pods
   * @param ready of those that there are
   * @param present Pods that there are
   * @param seen whether the controller knows the newest specification
   * @param rolled whether all Pods are of the newest revision
   */
  private record Progress(int wanted, int ready, int present, boolean seen, boolean rolled) {}

  /**
   * How an area is.
   *
   * @param reason one word
   * @param message a sentence
   */
  private record Area(boolean ready, String reason, String message) {
    void add(String type, Conditions areas) {
      areas.add(type, ready, reason, message);
    }
  }

  private static Area progress(String name, Progress p) {
    String count = "%s has %d of %d ready".formatted(name, p.ready, p.wanted);
    if (!p.seen) {
      return new Area(false, "Changing", name + " is being changed");
    } else if (p.ready < p.wanted) {
      return new Area(false, "NotReady", count);
    } else if (!p.rolled) {
      return new Area(false, "Rolling", count + ", not all of them of the newest revision");
    } else if (p.present > p.wanted) {
      return new Area(false, "Scaling", count + ", more of them than wanted");
    }
    return new Area(true, "Ready", count);
  }

  private static int number(@Nullable Integer value) {
    return value == null ? 0 : value;
  }
}
