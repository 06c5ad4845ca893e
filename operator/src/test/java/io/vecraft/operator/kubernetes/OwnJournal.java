package io.vecraft.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vecraft.crd.partition.JournalPartition;

/** A partition's journal nodes of its own, as its resource wants them. */
final class OwnJournal {
  private final KubernetesClient client;
  private final String namespace;
  private final String cluster;
  private final int partition;

  OwnJournal(KubernetesClient client, String namespace, String cluster, int partition) {
    this.client = client;
    this.namespace = namespace;
    this.cluster = cluster;
    this.partition = partition;
  }

  private String resource() {
    return cluster + "-partition-" + partition;
  }

  private String set() {
    return cluster + "-journal-p" + partition;
  }

  private void patch(String spec) {
    client
        .resources(JournalPartition.class)
        .inNamespace(namespace)
        .withName(resource())
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":%s}".formatted(spec));
  }

  private boolean isOn(GatewayClient gateway, String node) throws Exception {
    for (JsonNode one : gateway.get("/v1/journal").body().path("partitions")) {
      if (one.path("id").asInt() == partition) {
        return !one.path("moving").asBoolean()
            && one.path("replicas").size() == 1
            && one.path("replicas").path(0).asText().equals(node);
      }
    }
    return false;
  }

  private boolean isPlaced() {
    return client
        .resources(JournalPartition.class)
        .inNamespace(namespace)
        .withName(resource())
        .get()
        .getStatus()
        .condition("Placed")
        .filter(placed -> placed.holds() && placed.message().contains(set()))
        .isPresent();
  }

  /** Wants one node, and waits until it alone has the partition. */
  void want(GatewayClient gateway) {
    patch(
        "{\"replicas\":1,\"storage\":{\"volume\":{\"size\":\"1Gi\"},\"resources\":{\"limits\":{\"memory\":\"600Mi\"}}}}");
    OneNode.await(
        "the partition is on a journal node of its own", () -> isOn(gateway, set() + "-0"));
    OneNode.await("its resource says so", this::isPlaced);
    assertThat(client.pods().inNamespace(namespace).withName(set() + "-0").get()).isNotNull();
  }

  /** Wants none, and waits until the partition is where it was and nothing is left. */
  void leave(GatewayClient gateway) {
    patch("{\"replicas\":null,\"storage\":null}");
    OneNode.await("the partition is back", () -> isOn(gateway, cluster + "-journal-0"));
    OneNode.await("nothing is left of the journal nodes of its own", this::isGone);
  }

  private boolean isGone() {
    return client.apps().statefulSets().inNamespace(namespace).withName(set()).get() == null
        && client.services().inNamespace(namespace).withName(set()).get() == null
        && client.network().v1().networkPolicies().inNamespace(namespace).withName(set()).get()
            == null
        && client.pods().inNamespace(namespace).withName(set() + "-0").get() == null
        && client
                .persistentVolumeClaims()
                .inNamespace(namespace)
                .withName("data-" + set() + "-0")
                .get()
            == null;
  }
}
