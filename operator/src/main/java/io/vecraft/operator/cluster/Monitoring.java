package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vecraft.operator.apply.Applier;
import io.vecraft.operator.apply.Labels;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What lets Prometheus find the processes of clusters: a Service over all of their Pods, and a
 * ServiceMonitor where Kubernetes knows that kind. Safe for concurrent use.
 */
final class Monitoring {
  private static final String API = "monitoring.coreos.com/v1";
  private static final String KIND = "ServiceMonitor";
  private static final String PORT = "metrics";

  /** Kubernetes may learn of the kind later, or again. */
  private static final Duration ASK_AGAIN = Duration.ofMinutes(5);

  private final Clock clock;

  /** Guarded by this. */
  private boolean known;

  /** Guarded by this. */
  private Instant asked = Instant.EPOCH;

  Monitoring(Clock clock) {
    this.clock = clock;
  }

  /** Names of all Pods of a cluster, ready or not, with the ports of their metrics. */
  static Service service(ClusterNames names) {
    return new ServiceBuilder()
        .withMetadata(names.metadata(names.metrics()).build())
        .withNewSpec()
        .withType("ClusterIP")
        .withClusterIP("None")
        .withPublishNotReadyAddresses(true)
        .withSelector(Labels.ofInstance(names.cluster()))
        .addNewPort()
        .withName(PORT)
        .withPort(Ports.OPS)
        // By its name: that of etcd is another one.
        .withTargetPort(new IntOrString("ops"))
        .withProtocol("TCP")
        .endPort()
        .endSpec()
        .build();
  }

  /** Lets Prometheus read the metrics of all Pods of a cluster. */
  static GenericKubernetesResource monitor(ClusterNames names) {
    var monitor = new GenericKubernetesResource();
    monitor.setApiVersion(API);
    monitor.setKind(KIND);
    monitor.setMetadata(names.metadata(names.cluster()).build());
    monitor.setAdditionalProperty(
        "spec",
        Map.of(
            "selector",
            Map.of("matchLabels", Labels.ofInstance(names.cluster())),
            "podTargetLabels",
            List.of(Labels.NAME, Labels.INSTANCE, Labels.COMPONENT),
            "endpoints",
            List.of(Map.of("port", PORT, "path", "/metrics"))));
    return monitor;
  }

  /** Applies the ServiceMonitor, where there can be one. */
  void run(KubernetesClient client, ClusterNames names) {
    if (!known(client)) {
      return;
    }
    try {
      apply(client, names);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      // Whoever takes the kind away wants no ServiceMonitors: nothing is wrong with the cluster.
      forget();
    }
  }

  private static void apply(KubernetesClient client, ClusterNames names) {
    GenericKubernetesResource live =
        client
            .genericKubernetesResources(API, KIND)
            .inNamespace(names.namespace())
            .withName(names.cluster())
            .get();
    new Applier(client).apply(monitor(names), Optional.ofNullable(live));
  }

  private synchronized void forget() {
    known = false;
    asked = clock.instant();
  }

  private synchronized boolean known(KubernetesClient client) {
    Instant now = clock.instant();
    if (!known && now.isAfter(asked.plus(ASK_AGAIN))) {
      known = client.supports(API, KIND);
      asked = now;
    }
    return known;
  }
}
