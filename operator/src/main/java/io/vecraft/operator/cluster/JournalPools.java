package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.PartitionStorageSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Journal nodes that partitions have of their own.
 *
 * @param wanted those that a resource wants
 * @param left those that are there, and that no resource wants any more
 */
record JournalPools(List<Wanted> wanted, List<JournalPool> left) {
  /** Of a cluster whose partitions are all on the same nodes. */
  static final JournalPools NONE = new JournalPools(List.of(), List.of());

  /**
   * A pool.
   *
   * @param part its Pods
   * @param spec what each has
   * @param nodes how many there are to be: never fewer than there are, because which of them have
   *     replicas is the engine's affair
   */
  record Wanted(JournalPool part, PartitionStorageSpec spec, int nodes) {}

  /**
   * What is wanted, and what there is.
   *
   * @param partitions resources of the cluster's partitions
   * @param sets of the cluster, from a cache, by name
   */
  static JournalPools of(
      Stream<JournalPartition> partitions, Map<String, StatefulSet> sets, ClusterNames names) {
    var wanted = new ArrayList<Wanted>();
    partitions
        .filter(p -> p.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparingInt(p -> p.getSpec().partition()))
        .forEach(p ->
            p.getSpec()
                .ownStorage()
                .ifPresent(spec -> {
                  var part = new JournalPool(p.getSpec().partition());
                  int there =
                      Optional.ofNullable(sets.get(names.of(part)))
                          .map(set -> set.getSpec().getReplicas())
                          .orElse(0);
                  wanted.add(new Wanted(part, spec, Math.max(there, p.getSpec().wantedReplicas())));
                }));
    List<JournalPool> left =
        sets.values().stream()
            .flatMap(set -> JournalPool.of(set).stream())
            .filter(pool -> wanted.stream().noneMatch(w -> w.part().equals(pool)))
            .sorted(Comparator.comparingInt(JournalPool::partition))
            .toList();
    return new JournalPools(List.copyOf(wanted), left);
  }

  /** All that there are or are to be. */
  List<JournalPool> parts() {
    return Stream.concat(wanted.stream().map(Wanted::part), left.stream()).toList();
  }
}
