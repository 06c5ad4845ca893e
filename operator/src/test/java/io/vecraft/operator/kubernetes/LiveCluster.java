package io.vecraft.operator.kubernetes;

import static io.vecraft.operator.kubernetes.OneNode.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.ControlHost;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.roll.PodState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The cluster of {@code faults/cluster.yaml} in a namespace of its own, as its users and Kubernetes
 * see it; two operators look after it, of which one works.
 */
final class LiveCluster {
  private static final String NAME = "main";
  private static final String OPERATORS = "vecraft-system";
  private static final int OPERATOR_REPLICAS = 2;

  private final KubernetesClient client;
  private final String namespace;

  private LiveCluster(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Installs the operators, and applies the cluster. */
  static LiveCluster make(KubernetesClient client, String namespace) throws IOException {
    List<HasMetadata> install =
        client.load(Files.newInputStream(OneNode.CHARTS.resolve("install.yaml"))).items();
    install.stream()
        .filter(Deployment.class::isInstance)
        .forEach(d -> ((Deployment) d).getSpec().setReplicas(OPERATOR_REPLICAS));
    client.resourceList(install).serverSideApply();
    client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(namespace)
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build())
        .create();
    client
        .load(Files.newInputStream(Path.of("src/test/resources/faults/cluster.yaml")))
        .inNamespace(namespace)
        .serverSideApply();
    return new LiveCluster(client, namespace);
  }

  String namespace() {
    return namespace;
  }

  VecraftCluster resource() {
    return client.resources(VecraftCluster.class).inNamespace(namespace).withName(NAME).get();
  }

  /** Gives the Service of the gateways the port that the nodes show outside. */
  boolean openNodePort() {
    client
        .services()
        .inNamespace(namespace)
        .withName(NAME + "-gateway")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"spec\":{\"ports\":[{\"port\":8750,\"nodePort\":%d}]}}"
                .formatted(ThreeNodes.NODE_PORT));
    return true;
  }

  /** The first key. */
  String key() {
    Secret secret = client.secrets().inNamespace(namespace).withName(NAME + "-bootstrap-key").get();
    return new String(
        Base64.getDecoder().decode(secret.getData().get("key")), StandardCharsets.UTF_8);
  }

  /** Changes what is wanted; again, when the operator has written its status meanwhile. */
  void change(Consumer<JsonNode> change) {
    await(
        "a change",
        () -> {
          client
              .resource(resource())
              .edit(c -> {
                var json = client.getKubernetesSerialization();
                JsonNode spec = json.convertValue(c.getSpec(), JsonNode.class);
                change.accept(spec);
                c.setSpec(json.convertValue(spec, ClusterSpec.class));
                return c;
              });
          return true;
        });
  }

  /** Changes how many there are of a role. */
  void scale(String role, int replicas) {
    change(spec -> ((ObjectNode) spec.path(role)).put("replicas", replicas));
  }

  /** Whether there is a certificate for the Pods of a component. */
  boolean hasCertificate(String component) {
    return client
            .secrets()
            .inNamespace(namespace)
            .withName(NAME + "-" + component + "-certificate")
            .get()
        != null;
  }

  /**
   * Waits until the operator has seen what is wanted, all Pods are there and ready, no other ones
   * are, and it says so.
   */
  void awaitSettled(String what) {
    await(
        what,
        () -> {
          VecraftCluster cluster = resource();
          List<Pod> pods = running();
          return cluster.getStatus().observedGeneration() == cluster.getMetadata().getGeneration()
              && cluster.getStatus().condition("Ready").filter(c -> c.holds()).isPresent()
              && pods.size() == wanted(cluster.getSpec())
              && pods.stream().allMatch(p -> PodState.of(p).ready());
        });
  }

  private static int wanted(ClusterSpec spec) {
    return spec.etcd().managed().replicas()
        + spec.journal().replicas()
        + spec.storage().replicas()
        + spec.query().replicas()
        + spec.gateway().replicas()
        + (spec.control().host() == ControlHost.DEPLOYMENT ? spec.control().replicas() : 0);
  }

  /** Pods of the cluster. */
  private List<Pod> running() {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("app.kubernetes.io/instance", NAME)
        .list()
        .getItems();
  }

  /** Names of the Pods of a component. */
  List<String> pods(String component) {
    return running().stream()
        .filter(
            p -> component.equals(p.getMetadata().getLabels().get("app.kubernetes.io/component")))
        .map(p -> p.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** Names of the Pods on a node. */
  List<String> podsOn(String node) {
    return running().stream()
        .filter(p -> node.equals(p.getSpec().getNodeName()))
        .map(p -> p.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** What a Pod runs; empty when there is none. */
  String image(String pod) {
    return Optional.ofNullable(client.pods().inNamespace(namespace).withName(pod).get())
        .map(p -> p.getSpec().getContainers().getFirst().getImage())
        .orElse("");
  }

  /** What tells a Pod from another of its name; empty when there is none. */
  String uid(String pod) {
    return Optional.ofNullable(client.pods().inNamespace(namespace).withName(pod).get())
        .map(p -> p.getMetadata().getUid())
        .orElse("");
  }

  /** The operator that works is killed. */
  void killOperator() {
    String leader =
        client
            .leases()
            .inNamespace(OPERATORS)
            .withName("vecraft-operator")
            .get()
            .getSpec()
            .getHolderIdentity();
    System.out.println("The operator that works is " + leader);
    client.pods().inNamespace(OPERATORS).withName(leader).withGracePeriod(0).delete();
  }
}
