package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.vecraft.crd.cluster.StorageSpec;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.collection.Collection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Storage nodes that are wanted: those that are everybody's, or those of a collection's own.
 *
 * @param part their Pods
 * @param spec how many, and what each has
 */
record StorageSet(Part part, StorageSpec spec) {
  /**
   * A set, and how many nodes it is to have now.
   *
   * @param set that is wanted
   * @param plan for this pass
   */
  record Planned(StorageSet set, StoragePlan plan) {}

  /**
   * All that are wanted, everybody's first.
   *
   * @param collections resources of the cluster's collections
   */
  static List<StorageSet> of(VecraftCluster cluster, Stream<Collection> collections) {
    var sets = new ArrayList<StorageSet>();
    sets.add(new StorageSet(Component.STORAGE, cluster.getSpec().storage()));
    collections
        .filter(c -> c.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparing(c -> c.getMetadata().getName()))
        .forEach(c ->
            c.ownStorage()
                .ifPresent(
                    spec -> sets.add(new StorageSet(new Pool(c.getMetadata().getName()), spec))));
    return List.copyOf(sets);
  }

  /**
   * Pools that have nodes still, and that no resource wants any more.
   *
   * @param there StatefulSets of the cluster
   */
  static List<Pool> left(Stream<StatefulSet> there, List<StorageSet> wanted) {
    return there
        .flatMap(set -> Pool.of(set).stream())
        .filter(pool -> wanted.stream().noneMatch(w -> w.part().equals(pool)))
        .sorted(Comparator.comparing(Pool::name))
        .toList();
  }
}
