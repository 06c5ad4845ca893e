package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.vecraft.crd.cluster.VolumeSpec;
import io.vecraft.crd.common.DeletionPolicy;

/** The sets of Pods of a cluster. */
final class Workloads {
  private static final int HISTORY = 5;
  private static final int PROGRESS_SECONDS = 600;

  private Workloads() {}

  /**
   * Pods with a name and a volume each. They start together, because journal nodes need each other
   * to become ready, and a change of them is rolled out by the operator, not by Kubernetes, which
   * knows nothing of majorities.
   */
  static StatefulSet statefulSet(
      ClusterNames names,
      Part part,
      int replicas,
      VolumeSpec volume,
      DeletionPolicy policy,
      PodTemplateSpec template) {
    return new StatefulSetBuilder()
        .withMetadata(names.metadata(part, names.of(part)).build())
        .withNewSpec()
        .withReplicas(replicas)
        .withServiceName(names.of(part))
        .withPodManagementPolicy("Parallel")
        .withNewUpdateStrategy()
        .withType("OnDelete")
        .endUpdateStrategy()
        .withRevisionHistoryLimit(HISTORY)
        .withNewPersistentVolumeClaimRetentionPolicy(
            policy == DeletionPolicy.DELETE ? "Delete" : "Retain", "Retain")
        .withNewSelector()
        .withMatchLabels(names.selector(part))
        .endSelector()
        .withTemplate(template)
        .withVolumeClaimTemplates(PodParts.claim(names, part, volume))
        .endSpec()
        .build();
  }

  /**
   * The same, with volumes that are deleted with their Pods: of Pods that are emptied before there
   * are fewer, and that nobody makes again.
   */
  static StatefulSet withVolumesOfNodes(StatefulSet set) {
    return new StatefulSetBuilder(set)
        .editSpec()
        .editPersistentVolumeClaimRetentionPolicy()
        .withWhenScaled("Delete")
        .endPersistentVolumeClaimRetentionPolicy()
        .endSpec()
        .build();
  }

  /** Pods that keep nothing: Kubernetes replaces them one after the other, the new one first. */
  static Deployment deployment(
      ClusterNames names, Part part, int replicas, PodTemplateSpec template) {
    return new DeploymentBuilder()
        .withMetadata(names.metadata(part, names.of(part)).build())
        .withNewSpec()
        .withReplicas(replicas)
        .withRevisionHistoryLimit(HISTORY)
        .withProgressDeadlineSeconds(PROGRESS_SECONDS)
        .withNewStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withNewMaxSurge(1)
        .withNewMaxUnavailable(0)
        .endRollingUpdate()
        .endStrategy()
        .withNewSelector()
        .withMatchLabels(names.selector(part))
        .endSelector()
        .withTemplate(template)
        .endSpec()
        .build();
  }
}
