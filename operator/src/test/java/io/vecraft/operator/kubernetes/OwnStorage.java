package io.vecraft.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vecraft.crd.collection.Collection;
import java.util.List;

/** A collection whose resource wants storage nodes of its own, and then does not any more. */
final class OwnStorage {
  private final KubernetesClient client;
  private final String namespace;
  private final String cluster;
  private final String collection;

  /**
   * Of a collection that is there.
   *
   * @param collection name of it, and of its resource
   */
  OwnStorage(KubernetesClient client, String namespace, String cluster, String collection) {
    this.client = client;
    this.namespace = namespace;
    this.cluster = cluster;
    this.collection = collection;
  }

  private String set() {
    return cluster + "-storage-" + collection;
  }

  private void patch(String storage) {
    client
        .resources(Collection.class)
        .inNamespace(namespace)
        .withName(collection)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"storage\":%s}}".formatted(storage));
  }

  private List<String> nodes(GatewayClient gateway) throws Exception {
    JsonNode states = gateway.get("/v1/collections/" + collection).body().path("shard_states");
    return states.findValuesAsText("node").stream().distinct().sorted().toList();
  }

  /** Wants one node, and waits until it alone has the shards. */
  void want(GatewayClient gateway) {
    patch(
        "{\"replicas\":1,\"volume\":{\"size\":\"1Gi\"},\"resources\":{\"limits\":{\"memory\":\"700Mi\"}}}");
    OneNode.await("the collection says what it waits for", this::waits);
    OneNode.await(
        "the shards are on a node of their own",
        () -> nodes(gateway).equals(List.of(set() + "-0")));
    assertThat(client.pods().inNamespace(namespace).withName(set() + "-0").get()).isNotNull();
  }

  private boolean waits() {
    return client
        .resources(Collection.class)
        .inNamespace(namespace)
        .withName(collection)
        .get()
        .getStatus()
        .condition("Ready")
        .filter(ready -> ready.reason().equals("Waiting"))
        .isPresent();
  }

  /** Wants none, and waits until the shards are where they were and nothing is left. */
  void leave(GatewayClient gateway) {
    patch("null");
    OneNode.await(
        "the shards are back", () -> nodes(gateway).equals(List.of(cluster + "-storage-0")));
    OneNode.await("nothing is left of the nodes of its own", this::isGone);
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
