package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.vecraft.crd.cluster.ClockSpec;
import io.vecraft.crd.cluster.ClusterSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process of Vecraft in a Pod.
 *
 * @param part whose Pods they are
 * @param command words of the command
 * @param arguments beside those that all processes have
 * @param heapPercent of the container's memory for the heap; vectors and buffers are outside of it
 * @param ports beside that of health and metrics
 * @param mounts beside those that all processes have
 * @param volumes beside those that all processes have
 * @param resources requests and limits
 */
record Process(
    Part part,
    List<String> command,
    List<String> arguments,
    int heapPercent,
    List<ContainerPort> ports,
    List<VolumeMount> mounts,
    List<Volume> volumes,
    @Nullable ResourceRequirements resources) {
  private static final int PROBE_SECONDS = 5;
  private static final int FAILURES = 3;
  private static final int LIVE_FAILURES = 6;

  /** A process answers for its health only when it has found the cluster, which may take long. */
  private static final int START_SECONDS = 2;

  private static final int START_FAILURES = 300;

  /** Nodes hear some time after a gateway's end began that they should send nobody there. */
  private static final long LINGER_SECONDS = 5;

  PodTemplateSpec template(ClusterNames names, ClusterSpec spec) {
    EtcdAccess etcd = EtcdAccess.of(spec, names);
    var volumes = new ArrayList<>(volumes());
    volumes.add(PodParts.secret("tls", names.certificate(part)));
    volumes.add(PodParts.scratch());
    var mounts = new ArrayList<>(mounts());
    mounts.add(PodParts.mount("tls", PodParts.TLS, true));
    mounts.add(PodParts.mount("tmp", "/tmp", false));
    for (EtcdAccess.Mounted secret : etcd.secrets()) {
      volumes.add(PodParts.secret(secret.volume(), secret.secret()));
      mounts.add(PodParts.mount(secret.volume(), secret.directory(), true));
    }
    return PodParts.template(
        names, part, container(names, spec, etcd, mounts), List.copyOf(volumes));
  }

  private Container container(
      ClusterNames names, ClusterSpec spec, EtcdAccess etcd, List<VolumeMount> mounts) {
    return PodParts.withResources(
        new ContainerBuilder()
            .withName(part.component().text())
            .withImage(spec.image())
            .withImagePullPolicy(spec.imagePullPolicy().text())
            .withArgs(arguments(names, spec, etcd))
            .withEnv(environment(spec))
            .withPorts(PodParts.concat(ports, List.of(PodParts.port("ops", Ports.OPS))))
            .withStartupProbe(PodParts.probe("/healthz", Ports.OPS, START_SECONDS, START_FAILURES))
            .withLivenessProbe(PodParts.probe("/healthz", Ports.OPS, PROBE_SECONDS, LIVE_FAILURES))
            .withReadinessProbe(PodParts.probe("/readyz", Ports.OPS, PROBE_SECONDS, FAILURES))
            .withLifecycle(part == Component.GATEWAY ? PodParts.lingering(LINGER_SECONDS) : null)
            .withSecurityContext(PodParts.containerSecurity())
            .withVolumeMounts(mounts)
            .build(),
        resources);
  }

  private List<String> arguments(ClusterNames names, ClusterSpec spec, EtcdAccess etcd) {
    var all = new ArrayList<>(command);
    all.add("--name=$(POD_NAME)");
    all.add("--ops=0.0.0.0:" + Ports.OPS);
    all.addAll(etcd.arguments());
    all.add("--internal-cert=" + PodParts.TLS + "/tls.crt");
    all.add("--internal-key=" + PodParts.TLS + "/tls.key");
    all.add("--internal-ca=" + PodParts.TLS + "/ca.crt");
    all.add("--internal-name=" + names.internal());
    // Left out where it is the default: a Pod that says the same in other words would be replaced.
    if (!spec.clock().equals(ClockSpec.DEFAULT)) {
      all.add("--max-clock-offset-ms=" + spec.clock().maxOffsetMilliseconds());
    }
    all.addAll(arguments);
    return List.copyOf(all);
  }

  private List<EnvVar> environment(ClusterSpec spec) {
    var all = new ArrayList<EnvVar>();
    all.add(PodParts.fromPod("POD_NAME", "metadata.name"));
    all.add(PodParts.fromPod("POD_IP", "status.podIP"));
    all.add(PodParts.fromPod("NODE_NAME", "spec.nodeName"));
    all.add(
        PodParts.env(
            "JDK_JAVA_OPTIONS",
            "-XX:MaxRAMPercentage="
                + heapPercent
                // Pods change their addresses: a name is looked up again soon.
                + " -Dsun.net.inetaddr.ttl=5 -Dsun.net.inetaddr.negative.ttl=1"));
    var external = spec.etcd().external();
    if (external != null && external.userSecret() != null) {
      all.add(
          new EnvVarBuilder()
              .withName("ETCD_USER")
              .withNewValueFrom()
              .withNewSecretKeyRef("username", external.userSecret(), null)
              .endValueFrom()
              .build());
    }
    return List.copyOf(all);
  }
}
