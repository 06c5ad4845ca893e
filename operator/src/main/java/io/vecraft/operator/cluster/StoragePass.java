package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.collection.Collection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The storage nodes of a cluster in one pass: {@link StorageStep} for every set that is wanted,
 * {@link LeftPool} for each that is not any more. For one thread.
 */
final class StoragePass {
  private final KubernetesClient client;
  private final VecraftCluster cluster;
  private final ClusterNames names;
  private final Map<String, StatefulSet> sets;
  private final Consumer<String> tell;
  private final List<StorageSet> wanted;
  private final List<Pool> left;
  private final List<String> waiting = new ArrayList<>();

  /** Takes a step whether or not others have failed. */
  interface Attempt {
    /** Runs it; whether it ended well. */
    boolean run(Runnable step);
  }

  /**
   * What there is to look after.
   *
   * @param sets from a cache, by name
   * @param collections resources of the cluster's collections
   * @param tell what has been done
   */
  StoragePass(
      KubernetesClient client,
      VecraftCluster cluster,
      ClusterNames names,
      Map<String, StatefulSet> sets,
      Stream<Collection> collections,
      Consumer<String> tell) {
    this.client = client;
    this.cluster = cluster;
    this.names = names;
    this.sets = sets;
    this.tell = tell;
    this.wanted = StorageSet.of(cluster, collections);
    this.left = StorageSet.left(sets.values().stream(), wanted);
  }

  /** The sets that are wanted, everybody's first. */
  List<StorageSet> wanted() {
    return wanted;
  }

  /** Pools that are being emptied. */
  List<Pool> left() {
    return left;
  }

  /** What is waited for before there are as many nodes as wanted. */
  Optional<String> waiting() {
    return waiting.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", waiting));
  }

  /**
   * Takes the steps.
   *
   * @param leaving names of sets that are not applied in this pass; gets those that must not be
   * @return how many nodes each set that is wanted is to have
   */
  List<StorageSet.Planned> run(Set<String> leaving, Attempt attempt) {
    var planned = new ArrayList<StorageSet.Planned>();
    for (StorageSet set : wanted) {
      StoragePlan plan = plan(set, leaving, attempt);
      plan.waiting().ifPresent(waiting::add);
      planned.add(new StorageSet.Planned(set, plan));
    }
    for (Pool pool : left) {
      StatefulSet set = Objects.requireNonNull(sets.get(names.of(pool)));
      attempt.run(() -> waiting.add(new LeftPool(client, names, pool, step(pool, 0)).run(set)));
    }
    return List.copyOf(planned);
  }

  /**
   * How many nodes there are to be. Where that is not known, a set that is there stays as it is,
   * and one that is not there is not made: it could have fewer Pods than were left behind.
   */
  private StoragePlan plan(StorageSet wanted, Set<String> leaving, Attempt attempt) {
    String name = names.of(wanted.part());
    Optional<StatefulSet> set = Optional.ofNullable(sets.get(name));
    StorageStep step = step(wanted.part(), wanted.spec().replicas());
    var plan = new AtomicReference<StoragePlan>(step.untaken(set));
    boolean taken = attempt.run(() -> plan.set(step.run(set, !leaving.contains(name))));
    if (set.isEmpty() && !taken) {
      leaving.add(name);
    }
    return plan.get();
  }

  private StorageStep step(Part part, int nodes) {
    return new StorageStep(client, cluster, names, part, nodes, tell);
  }
}
