package io.vecraft.operator.kubernetes;

import static io.vecraft.operator.kubernetes.OneNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.partition.JournalPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What people and programs are told of the example besides conditions. */
final class Tellings {
  private final KubernetesClient client;
  private final String namespace;

  Tellings(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  void check() throws IOException, InterruptedException {
    partitionsAreTold();
    whatHappenedIsTold();
    metricsAreServed();
  }

  private void partitionsAreTold() {
    await(
        "partitions with a leader",
        () -> {
          var partitions = client.resources(JournalPartition.class).inNamespace(namespace).list();
          return partitions.getItems().size() == 4
              && partitions.getItems().stream()
                  .allMatch(p ->
                      p.getStatus().condition("Ready").filter(c -> c.holds()).isPresent()
                          && "small-journal-0".equals(p.getStatus().leader()));
        });
  }

  private void whatHappenedIsTold() {
    await(
        "Events",
        () ->
            client.events().v1().events().inNamespace(namespace).list().getItems().stream()
                .filter(e -> "vecraft.io/operator".equals(e.getReportingController()))
                .map(e -> e.getRegarding().getKind() + " " + e.getReason())
                .toList()
                .containsAll(
                    List.of(
                        "VecraftCluster SecretMade", "VecraftCluster Ready", "Collection Ready")));
  }

  /** All that alerts and dashboard ask for; and Prometheus is told where. */
  private void metricsAreServed() throws IOException, InterruptedException {
    Set<String> served = ServedMetrics.served(client, namespace);
    for (String file : List.of("rules.yaml", "dashboard.json")) {
      Path path = OneNode.CHARTS.resolve("vecraft-operator/files").resolve(file);
      assertThat(ServedMetrics.used(path)).as(file).isNotEmpty().isSubsetOf(served);
    }
    GenericKubernetesResource monitor =
        client
            .genericKubernetesResources("monitoring.coreos.com/v1", "ServiceMonitor")
            .inNamespace(namespace)
            .withName("small")
            .get();
    assertThat(monitor.<String>get("spec", "endpoints", 0, "port")).isEqualTo("metrics");
    assertThat(
            client
                .endpoints()
                .inNamespace(namespace)
                .withName("small-metrics")
                .get()
                .getSubsets()
                .stream()
                .flatMap(subset -> subset.getPorts().stream())
                .map(port -> port.getPort()))
        .contains(9002, 2381);
  }
}
