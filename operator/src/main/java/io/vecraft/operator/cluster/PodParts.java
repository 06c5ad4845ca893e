package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LifecycleBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.vecraft.crd.cluster.VolumeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the Pods of all components have in common: nobody is root, nothing but volumes can be
 * written, no token of Kubernetes is mounted.
 */
final class PodParts {
  /** Where a process has its certificate. */
  static final String TLS = "/etc/vecraft/tls";

  /** Where a process has its volume. */
  static final String DATA = "/var/lib/vecraft";

  static final String DATA_VOLUME = "data";

  /** The user of the image; other images run as that user as well. */
  private static final long USER = 65_532;

  private static final int READ_BY_GROUP = 0440;
  private static final long GRACE_SECONDS = 60;

  /** The largest weight that a preference can have. */
  private static final int MOST = 100;

  private PodParts() {}

  static EnvVar fromPod(String name, String field) {
    return new EnvVarBuilder()
        .withName(name)
        .withNewValueFrom()
        .withNewFieldRef()
        .withApiVersion("v1")
        .withFieldPath(field)
        .endFieldRef()
        .endValueFrom()
        .build();
  }

  static EnvVar env(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  static ContainerPort port(String name, int number) {
    return new ContainerPortBuilder()
        .withName(name)
        .withContainerPort(number)
        .withProtocol("TCP")
        .build();
  }

  static Probe probe(String path, int port, int periodSeconds, int failures) {
    return new ProbeBuilder()
        .withNewHttpGet()
        .withPath(path)
        .withNewPort(port)
        .withScheme("HTTP")
        .endHttpGet()
        .withPeriodSeconds(periodSeconds)
        .withTimeoutSeconds(5)
        .withSuccessThreshold(1)
        .withFailureThreshold(failures)
        .build();
  }

  /** A container that goes on for a while when its Pod is deleted. */
  static Lifecycle lingering(long seconds) {
    return new LifecycleBuilder()
        .withNewPreStop()
        .withNewSleep()
        .withSeconds(seconds)
        .endSleep()
        .endPreStop()
        .build();
  }

  static Volume secret(String volume, String secret) {
    return new VolumeBuilder()
        .withName(volume)
        .withNewSecret()
        .withSecretName(secret)
        .withDefaultMode(READ_BY_GROUP)
        .endSecret()
        .build();
  }

  /** Empty as long as there is no such Secret, which keeps no Pod from starting. */
  static Volume optionalSecret(String volume, String secret) {
    return new VolumeBuilder(secret(volume, secret))
        .editSecret()
        .withOptional(true)
        .endSecret()
        .build();
  }

  static Volume scratch() {
    return new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build();
  }

  static VolumeMount mount(String volume, String path, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(volume)
        .withMountPath(path)
        .withReadOnly(readOnly ? true : null)
        .build();
  }

  static SecurityContext containerSecurity() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .build();
  }

  /** A container with what is asked for where something is asked for. */
  static Container withResources(Container container, @Nullable ResourceRequirements resources) {
    return resources == null
        ? container
        : new ContainerBuilder(container).withResources(resources).build();
  }

  /**
   * The Pods of a component, spread over nodes and zones as far as there are some. Nodes by
   * anti-affinity, not by a second constraint on spreading: where nodes are in no zone the
   * scheduler would take neither of the two for anything.
   */
  static PodTemplateSpec template(
      ClusterNames names, Part part, Container container, List<Volume> volumes) {
    Map<String, String> selector = names.selector(part);
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(names.labels(part))
        .endMetadata()
        .withNewSpec()
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withTerminationGracePeriodSeconds(GRACE_SECONDS)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(USER)
        .withRunAsGroup(USER)
        .withFsGroup(USER)
        .withFsGroupChangePolicy("OnRootMismatch")
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .withAffinity(apart(selector))
        .withTopologySpreadConstraints(spread("topology.kubernetes.io/zone", selector))
        .withContainers(container)
        .withVolumes(volumes)
        .endSpec()
        .build();
  }

  private static Affinity apart(Map<String, String> selector) {
    return new AffinityBuilder()
        .withNewPodAntiAffinity()
        .addNewPreferredDuringSchedulingIgnoredDuringExecution()
        .withWeight(MOST)
        .withNewPodAffinityTerm()
        .withTopologyKey("kubernetes.io/hostname")
        .withNewLabelSelector()
        .withMatchLabels(selector)
        .endLabelSelector()
        .endPodAffinityTerm()
        .endPreferredDuringSchedulingIgnoredDuringExecution()
        .endPodAntiAffinity()
        .build();
  }

  private static TopologySpreadConstraint spread(String key, Map<String, String> selector) {
    return new TopologySpreadConstraintBuilder()
        .withMaxSkew(1)
        .withTopologyKey(key)
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withNewLabelSelector()
        .withMatchLabels(selector)
        .endLabelSelector()
        .build();
  }

  /** The volume of each Pod of a StatefulSet. */
  static PersistentVolumeClaim claim(ClusterNames names, Part part, VolumeSpec volume) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(DATA_VOLUME)
        .withLabels(names.labels(part))
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(volume.className().orElse(null))
        .withNewResources()
        .addToRequests("storage", volume.size())
        .endResources()
        .withVolumeMode("Filesystem")
        .endSpec()
        .build();
  }

  static <T> List<T> concat(List<T> first, List<T> second) {
    var all = new ArrayList<T>(first);
    all.addAll(second);
    return List.copyOf(all);
  }
}
