package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.GatewayServiceSpec;
import io.vecraft.crd.cluster.ManagedEtcdSpec;
import io.vecraft.operator.apply.Labels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The etcd of a cluster: mutual TLS on both ports, members found by the names of their Pods. */
final class EtcdObjects {
  private static final int PROBE_SECONDS = 5;
  private static final int START_SECONDS = 2;
  private static final int START_FAILURES = 150;
  private static final int FAILURES = 3;
  private static final int LIVE_FAILURES = 8;

  private EtcdObjects() {}

  static Stream<HasMetadata> of(
      ClusterNames names,
      ClusterSpec spec,
      ManagedEtcdSpec etcd,
      Optional<String> trust,
      List<Part> clients,
      Optional<OperatorPods> operator) {
    return Stream.concat(
        Stream.of(
            Networks.headless(
                names,
                Component.ETCD,
                Networks.port("client", Ports.ETCD_CLIENT),
                Networks.port("peer", Ports.ETCD_PEER)),
            Networks.service(
                names,
                Component.ETCD,
                names.etcdClient(),
                GatewayServiceSpec.DEFAULT,
                Networks.port("client", Ports.ETCD_CLIENT)),
            Workloads.statefulSet(
                names,
                Component.ETCD,
                etcd.replicas(),
                etcd.volume(),
                spec.deletionPolicy(),
                marked(
                    PodParts.template(
                        names, Component.ETCD, container(names, etcd), volumes(names)),
                    trust)),
            Networks.alsoFrom(
                operator,
                Ports.ETCD_CLIENT,
                Networks.policy(
                    names,
                    Component.ETCD,
                    Networks.from(names, clients, Ports.ETCD_CLIENT),
                    Networks.from(
                        names, List.of(Component.ETCD), Ports.ETCD_CLIENT, Ports.ETCD_PEER),
                    Networks.fromAnywhere(Ports.ETCD_OPS)))),
        Networks.budget(names, Component.ETCD, etcd.replicas(), (etcd.replicas() - 1) / 2));
  }

  private static PodTemplateSpec marked(PodTemplateSpec template, Optional<String> trust) {
    trust.ifPresent(mark -> template.getMetadata().setAnnotations(Map.of(Labels.TRUST, mark)));
    return template;
  }

  private static List<Volume> volumes(ClusterNames names) {
    return List.of(PodParts.secret("tls", names.certificate(Component.ETCD)), PodParts.scratch());
  }

  private static Container container(ClusterNames names, ManagedEtcdSpec etcd) {
    String self = "$(POD_NAME)." + names.dns(names.of(Component.ETCD));
    return PodParts.withResources(
        new ContainerBuilder()
            .withName(Component.ETCD.text())
            .withImage(etcd.image())
            .withImagePullPolicy("IfNotPresent")
            .withCommand("/usr/local/bin/etcd")
            .withArgs(
                "--name=$(POD_NAME)",
                "--data-dir=" + PodParts.DATA + "/etcd",
                "--listen-client-urls=https://0.0.0.0:" + Ports.ETCD_CLIENT,
                "--advertise-client-urls=https://" + self + ":" + Ports.ETCD_CLIENT,
                "--listen-peer-urls=https://0.0.0.0:" + Ports.ETCD_PEER,
                "--initial-advertise-peer-urls=https://" + self + ":" + Ports.ETCD_PEER,
                "--initial-cluster=" + members(names, etcd),
                "--initial-cluster-token=" + names.cluster() + "-" + names.uid(),
                "--listen-metrics-urls=http://0.0.0.0:" + Ports.ETCD_OPS,
                "--cert-file=" + PodParts.TLS + "/tls.crt",
                "--key-file=" + PodParts.TLS + "/tls.key",
                "--trusted-ca-file=" + PodParts.TLS + "/ca.crt",
                "--client-cert-auth",
                "--peer-cert-file=" + PodParts.TLS + "/tls.crt",
                "--peer-key-file=" + PodParts.TLS + "/tls.key",
                "--peer-trusted-ca-file=" + PodParts.TLS + "/ca.crt",
                "--peer-client-cert-auth",
                "--auto-compaction-mode=periodic",
                "--auto-compaction-retention=1h",
                "--log-level=warn")
            .withEnv(PodParts.fromPod("POD_NAME", "metadata.name"))
            .withPorts(
                PodParts.port("client", Ports.ETCD_CLIENT),
                PodParts.port("peer", Ports.ETCD_PEER),
                PodParts.port("ops", Ports.ETCD_OPS))
            .withStartupProbe(
                PodParts.probe("/readyz", Ports.ETCD_OPS, START_SECONDS, START_FAILURES))
            .withLivenessProbe(
                PodParts.probe("/livez", Ports.ETCD_OPS, PROBE_SECONDS, LIVE_FAILURES))
            .withReadinessProbe(PodParts.probe("/readyz", Ports.ETCD_OPS, PROBE_SECONDS, FAILURES))
            .withSecurityContext(PodParts.containerSecurity())
            .withVolumeMounts(
                PodParts.mount(PodParts.DATA_VOLUME, PodParts.DATA, false),
                PodParts.mount("tls", PodParts.TLS, true),
                PodParts.mount("tmp", "/tmp", false))
            .build(),
        etcd.resources());
  }

  private static String members(ClusterNames names, ManagedEtcdSpec etcd) {
    return names.pods(Component.ETCD, etcd.replicas()).stream()
        .map(pod -> pod + "=https://" + names.podDns(Component.ETCD, pod) + ":" + Ports.ETCD_PEER)
        .collect(Collectors.joining(","));
  }
}
