package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeResourceRequirements;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.VolumeSpec;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets volumes grow, where a StatefulSet was made with smaller ones than are wanted now:
 *
 * <ol>
 *   <li>Every claim of the component, also of Pods that there are no more, asks for the wanted
 *       size. Kubernetes refuses that where the StorageClass does not allow it; then nothing else
 *       happens to this component, and others grow all the same.
 *   <li>The StatefulSet is deleted without its Pods, because its template of claims cannot be
 *       changed. While it is on its way out it is left alone.
 *   <li>It is made again with the other objects, and takes its Pods back, which go on meanwhile.
 * </ol>
 *
 * A size that is smaller than that of the StatefulSet is refused, so that one that the StorageClass
 * does not allow can be taken back: nothing has grown then.
 *
 * <p>Taken again from the start after a crash at any point: what is done already stays done.
 */
final class VolumesStep {
  private static final Logger LOG = LoggerFactory.getLogger(VolumesStep.class);
  private static final String STORAGE = "storage";

  private final KubernetesClient client;
  private final ClusterNames names;
  private final Map<Part, VolumeSpec> wanted = new LinkedHashMap<>();
  private final Consumer<String> tell;

  /**
   * For one pass.
   *
   * @param journals sets of journal nodes of partitions' own
   * @param storage sets of storage nodes
   * @param tell what has been done
   */
  VolumesStep(
      KubernetesClient client,
      ClusterNames names,
      ClusterSpec spec,
      List<JournalPools.Wanted> journals,
      List<StorageSet> storage,
      Consumer<String> tell) {
    this.client = client;
    this.names = names;
    this.tell = tell;
    wanted.put(Component.JOURNAL, spec.journal().volume());
    journals.forEach(set -> wanted.put(set.part(), set.spec().volume()));
    storage.forEach(set -> wanted.put(set.part(), set.spec().volume()));
    Optional.ofNullable(spec.etcd().managed())
        .ifPresent(etcd -> wanted.put(Component.ETCD, etcd.volume()));
  }

  /**
   * Takes the step.
   *
   * @param sets from a cache, by name
   * @param leaving gets the names of sets whose volumes are not as wanted yet: they must not be
   *     applied in this pass, also when this step fails
   */
  void run(Map<String, StatefulSet> sets, Set<String> leaving) {
    Map<Part, StatefulSet> growing = new LinkedHashMap<>();
    var smaller = new ArrayList<String>();
    var refused = new ArrayList<String>();
    wanted.forEach((part, volume) -> {
      StatefulSet set = sets.get(names.of(part));
      int difference = set == null ? 0 : difference(set, volume);
      if (set != null && difference != 0) {
        leaving.add(set.getMetadata().getName());
        if (difference > 0) {
          growing.put(part, set);
        } else {
          smaller.add(set.getMetadata().getName());
        }
      }
    });
    growing.forEach((part, set) -> {
      if (set.getMetadata().getDeletionTimestamp() == null) {
        try {
          grow(part, set, Objects.requireNonNull(wanted.get(part)));
        } catch (KubernetesClientException e) {
          LOG.warn("{} does not grow", set.getMetadata().getName(), e);
          refused.add(
              "%s does not grow: %s".formatted(set.getMetadata().getName(), e.getMessage()));
        }
      }
    });
    if (!smaller.isEmpty()) {
      refused.add(
          "volume.size is smaller than what %s has: volumes only grow"
              .formatted(String.join(", ", smaller)));
    }
    if (!refused.isEmpty()) {
      throw new IllegalStateException(String.join("; ", refused));
    }
  }

  /** More than 0 when more is wanted than the set has. */
  private static int difference(StatefulSet set, VolumeSpec volume) {
    return set.getSpec().getVolumeClaimTemplates().stream()
        .flatMap(claim -> requested(claim).stream())
        .mapToInt(has -> bytes(volume.size()).compareTo(bytes(has)))
        .findFirst()
        .orElse(0);
  }

  private static boolean less(Optional<Quantity> has, Quantity wants) {
    return has.map(h -> bytes(h).compareTo(bytes(wants)) < 0).orElse(false);
  }

  private static BigDecimal bytes(Quantity quantity) {
    return Quantity.getAmountInBytes(quantity);
  }

  private static Optional<Quantity> requested(PersistentVolumeClaim claim) {
    return Optional.ofNullable(claim.getSpec().getResources())
        .map(VolumeResourceRequirements::getRequests)
        .map(requests -> requests.get(STORAGE));
  }

  private void grow(Part part, StatefulSet set, VolumeSpec volume) {
    for (PersistentVolumeClaim claim :
        client
            .persistentVolumeClaims()
            .inNamespace(names.namespace())
            .withLabels(names.selector(part))
            .list()
            .getItems()) {
      if (less(requested(claim), volume.size())) {
        LOG.info("{} grows to {}", claim.getMetadata().getName(), volume.size());
        client
            .resource(claim)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"%s\"}}}}"
                    .formatted(volume.size()));
        tell.accept(
            "the volume %s grows to %s".formatted(claim.getMetadata().getName(), volume.size()));
      }
    }
    LOG.info("making {} again for larger volumes", set.getMetadata().getName());
    client.resource(set).withPropagationPolicy(DeletionPropagation.ORPHAN).delete();
  }
}
