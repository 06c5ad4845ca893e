package io.vecraft.operator.kubernetes;

import static io.vecraft.operator.kubernetes.OneNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.collection.Collection;
import io.vecraft.crd.collection.CollectionSpec;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.partition.JournalPartition;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The example, from nothing to nothing: the operator with the rights that its chart gives it, the
 * cluster Ready, a collection made by a resource, written and searched through the Service, by the
 * Python client's tests too, changed and dropped by the resource; an operator with nothing to do
 * writes nothing; Pods are replaced when the resource changes, also from a bad change; a storage
 * node comes and goes, and another authority, while control runs in the operator; what is deleted
 * is gone.
 */
@Tag("kubernetes")
@ExtendWith(OneNode.Given.class)
class ExampleTest {
  private static final String NAMESPACE = "example";
  private static final List<Class<? extends HasMetadata>> MADE =
      List.of(
          Pod.class,
          StatefulSet.class,
          Deployment.class,
          Service.class,
          Secret.class,
          NetworkPolicy.class,
          PodDisruptionBudget.class,
          PersistentVolumeClaim.class,
          JournalPartition.class);

  /** So long nothing may change: longer than any pass is put off while something is not ready. */
  private static final Duration QUIET = Duration.ofSeconds(20);

  private static final int EDITS = 10;

  private final OneNode node;
  private final KubernetesClient client;

  ExampleTest(OneNode node) {
    this.node = node;
    this.client = node.client();
  }

  @Test
  void fromNothingToASearchAndBack() throws Exception {
    try {
      client
          .load(Files.newInputStream(Path.of("src/test/resources/monitoring/servicemonitors.yaml")))
          .serverSideApply();
      client.load(Files.newInputStream(OneNode.CHARTS.resolve("install.yaml"))).serverSideApply();
      client
          .resource(
              new NamespaceBuilder()
                  .withNewMetadata()
                  .withName(NAMESPACE)
                  .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                  .endMetadata()
                  .build())
          .create();
      long began = System.nanoTime();
      List<HasMetadata> example =
          client
              .load(Files.newInputStream(OneNode.CHARTS.resolve("examples/small.yaml")))
              .inNamespace(NAMESPACE)
              .serverSideApply();
      await("the cluster is Ready", () -> ready(cluster().getStatus().conditions()));
      say("Ready %d s after the example was applied", began);
      await("the collection is Ready", () -> ready(collection().getStatus().conditions()));
      say("its collection Ready %d s after the example was applied", began);
      writeAndSearch();
      pythonClient();
      new Tellings(client, NAMESPACE).check();
      changeByResource();
      nothingIsWritten();
      podsAreReplaced();
      aBadSpecificationIsHealedByAGoodOne();
      queryProcessorsAreScaled();
      aPartitionIsAdded();
      volumesGrowWhereTheirClassAllowsIt();
      writeAndSearch();
      controlGoesToTheOperator();
      storageIsScaled();
      aCollectionHasStorageOfItsOwn();
      aPartitionHasJournalNodesOfItsOwn();
      gatewaysSpeakHttps();
      writeAndSearch();
      theAuthorityIsReplaced();
      writeAndSearch();
      controlGoesBackToItsDeployment();
      client.resource(collection()).delete();
      await("the resource of the collection is gone", () -> collection() == null);
      try (var gateway = gateway()) {
        assertThat(gateway.get("/v1/collections/documents").status()).isEqualTo(404);
      }
      client.resourceList(example).inNamespace(NAMESPACE).delete();
      await("nothing is left of the cluster", () -> left().isEmpty());
    } catch (Throwable e) {
      System.out.println(node.exec("kubectl", "get", "all,events", "-A"));
      System.out.println(node.exec("kubectl", "get", "vc,vcol", "-A", "-o", "yaml"));
      System.out.println(
          node.exec("kubectl", "-n", "vecraft-system", "logs", "deploy/vecraft-operator"));
      throw e;
    }
  }

  private static void say(String text, long began) {
    System.out.println(text.formatted(Duration.ofNanos(System.nanoTime() - began).toSeconds()));
  }

  private static boolean ready(List<ConditionState> conditions) {
    return conditions.stream().anyMatch(c -> c.type().equals("Ready") && c.holds());
  }

  private VecraftCluster cluster() {
    return client.resources(VecraftCluster.class).inNamespace(NAMESPACE).withName("small").get();
  }

  private Collection collection() {
    return client.resources(Collection.class).inNamespace(NAMESPACE).withName("documents").get();
  }

  private Secret secret(String name) {
    return client.secrets().inNamespace(NAMESPACE).withName(name).get();
  }

  private GatewayClient gateway() throws GeneralSecurityException, IOException {
    Secret key = secret("small-bootstrap-key");
    LocalPortForward forward =
        client.services().inNamespace(NAMESPACE).withName("small-gateway").portForward(8750);
    return cluster().getSpec().gateway().https().isPresent()
        ? GatewayClient.https(forward, key, secret("small-gateway-public"))
        : GatewayClient.http(forward, key);
  }

  private void writeAndSearch() throws Exception {
    try (var gateway = gateway()) {
      GatewayClient.Answer written =
          gateway.post(
              "/v1/collections/documents/vectors",
              """
              {"vectors":[{"id":"a","vector":[1,0,0],"metadata":{"category":"x","year":2026}},
                          {"id":"b","vector":[0,1,0],"metadata":{"category":"y","year":2025}}]}
              """);
      assertThat(written.status()).as(written.body().toString()).isEqualTo(200);
      for (String level : List.of("eventual", "bounded", "read_your_writes", "strong")) {
        GatewayClient.Answer found =
            gateway.post(
                "/v1/collections/documents/search",
                """
                {"vector":[1,0.1,0],"k":1,"consistency_level":"%s","max_staleness_ms":1000,
                 "filters":{"year":2026}}
                """
                    .formatted(level));
        assertThat(found.status()).as(level + ": " + found.body()).isEqualTo(200);
        if (!level.equals("eventual")) {
          assertThat(found.body().path("results").path(0).path("id").asText())
              .as(level)
              .isEqualTo("a");
        }
      }
    }
  }

  /** The tests of the Python client, as they are for a server of their own. */
  private void pythonClient() throws Exception {
    try (var gateway = gateway()) {
      assertThat(gateway.run(Path.of("../gateway/clients/python/run-tests"))).isZero();
    }
  }

  private void changeByResource() throws Exception {
    edit(
        this::collection,
        c -> {
          c.setSpec(
              client
                  .getKubernetesSerialization()
                  .unmarshal(
                      """
                      {"cluster":"small","vector":{"dimension":3},"deletionPolicy":"Delete",
                       "schema":{"category":"keyword","year":"integer","price":"float"}}
                      """,
                      CollectionSpec.class));
          return c;
        });
    try (var gateway = gateway()) {
      await(
          "the field is declared",
          () ->
              gateway
                  .get("/v1/collections/documents")
                  .body()
                  .path("schema")
                  .path("price")
                  .asText()
                  .equals("float"));
      JsonNode refused =
          gateway
              .send("PATCH", "/v1/collections/documents", "{\"time_travel_window_s\":60}")
              .body();
      assertThat(refused.path("error").path("code").asText()).isEqualTo("collection_owned");
    }
    await(
        "the change is told",
        () ->
            collection().getStatus().observedGeneration()
                == collection().getMetadata().getGeneration());
  }

  /** Again, when the operator has written its status meanwhile. */
  private <T extends HasMetadata> void edit(Supplier<T> now, UnaryOperator<T> change) {
    for (int tries = 1; ; tries++) {
      try {
        client.resource(now.get()).edit(change);
        return;
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || tries == EDITS) {
          throw e;
        }
      }
    }
  }

  private void change(UnaryOperator<JsonNode> change) {
    edit(
        this::cluster,
        c -> {
          JsonNode spec =
              client.getKubernetesSerialization().convertValue(c.getSpec(), JsonNode.class);
          c.setSpec(
              client
                  .getKubernetesSerialization()
                  .convertValue(change.apply(spec), ClusterSpec.class));
          return c;
        });
  }

  private void awaitSettled(String what) {
    await(
        what,
        () -> {
          VecraftCluster cluster = cluster();
          return cluster.getStatus().observedGeneration() == cluster.getMetadata().getGeneration()
              && ready(cluster.getStatus().conditions());
        });
  }

  private @Nullable Pod pod(String name) {
    return client.pods().inNamespace(NAMESPACE).withName(name).get();
  }

  private String uid(String pod) {
    return pod(pod).getMetadata().getUid();
  }

  /** A change of the Pods of journal and storage is rolled out, and only of them. */
  private void podsAreReplaced() {
    String etcd = uid("small-etcd-0");
    String journal = uid("small-journal-0");
    String storage = uid("small-storage-0");
    long began = System.nanoTime();
    change(spec -> {
      ((ObjectNode) spec.path("journal").path("resources").path("limits")).put("memory", "700Mi");
      ((ObjectNode) spec.path("storage").path("resources").path("limits")).put("memory", "800Mi");
      return spec;
    });
    await(
        "other Pods",
        () -> !uid("small-journal-0").equals(journal) && !uid("small-storage-0").equals(storage));
    awaitSettled("the cluster is Ready with other Pods");
    say("journal and storage replaced and Ready after %d s", began);
    assertThat(uid("small-etcd-0")).isEqualTo(etcd);
  }

  private void aBadSpecificationIsHealedByAGoodOne() {
    long began = System.nanoTime();
    change(spec -> ((ObjectNode) spec).put("image", "vecraft:there-is-none"));
    await(
        "the journal is stuck",
        () ->
            pod("small-journal-0")
                .getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getWaiting()
                .getReason()
                .contains("Pull"));
    await(
        "the condition says so",
        () ->
            cluster()
                .getStatus()
                .condition("JournalReady")
                .filter(c -> c.reason().equals("NotReady"))
                .isPresent());
    change(spec -> ((ObjectNode) spec).put("image", "vecraft:dev"));
    awaitSettled("the cluster is Ready with the good image");
    say("from the bad image to Ready with the good one: %d s", began);
  }

  private void queryProcessorsAreScaled() {
    client.resources(VecraftCluster.class).inNamespace(NAMESPACE).withName("small").scale(2);
    awaitSettled("the cluster is Ready with two query processors");
    assertThat(cluster().getStatus().query().replicas()).isEqualTo(2);
    assertThat(
            client
                .policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace(NAMESPACE)
                .withName("small-query")
                .get())
        .isNotNull();
  }

  /** A new collection has a shard in it, and no Pod is replaced for it. */
  private void aPartitionIsAdded() throws Exception {
    String pod = uid("small-journal-0");
    long began = System.nanoTime();
    change(spec -> {
      ((ObjectNode) spec.path("journal")).put("dataPartitions", 3);
      return spec;
    });
    awaitSettled("the cluster is Ready with another partition");
    say("a partition added and Ready after %d s", began);
    assertThat(uid("small-journal-0")).isEqualTo(pod);
    assertThat(client.resources(JournalPartition.class).inNamespace(NAMESPACE).list().getItems())
        .hasSize(5);
    try (var gateway = gateway()) {
      gateway.send("PUT", "/v1/collections/wider", "{\"dimension\":2,\"shards\":3}");
      JsonNode shards = gateway.get("/v1/collections/wider").body().path("shard_states");
      assertThat(shards.valueStream())
          .extracting(shard -> shard.path("partition").asInt())
          .containsExactlyInAnyOrder(3, 4, 5);
      gateway.send("DELETE", "/v1/collections/wider", "");
    }
  }

  private void volumesGrowWhereTheirClassAllowsIt() {
    String pod = uid("small-storage-0");
    change(spec -> {
      ((ObjectNode) spec.path("storage").path("volume")).put("size", "3Gi");
      return spec;
    });
    await(
        "the condition says that it does not",
        () ->
            cluster()
                .getStatus()
                .condition("Ready")
                .filter(c -> c.reason().equals("Failed") && c.message().contains("resize"))
                .isPresent());
    client
        .storage()
        .v1()
        .storageClasses()
        .withName("local-path")
        .edit(c -> {
          c.setAllowVolumeExpansion(true);
          return c;
        });
    awaitSettled("the volume grows once its class allows it");
    PersistentVolumeClaim claim =
        client
            .persistentVolumeClaims()
            .inNamespace(NAMESPACE)
            .withName("data-small-storage-0")
            .get();
    assertThat(claim.getSpec().getResources().getRequests().get("storage")).hasToString("3Gi");
    assertThat(uid("small-storage-0")).isEqualTo(pod);
  }

  /**
   * From now on the operator's process is all that places, and that empties the storage node which
   * goes; it does so with each of the authorities, too.
   */
  private void controlGoesToTheOperator() throws Exception {
    long began = System.nanoTime();
    controlIsHostedBy("Operator");
    await("no Pod of control is left", () -> podsOfControl().isEmpty());
    await("the operator controls", () -> control().reason().equals("Leads"));
    say("control in the operator, and nowhere else, after %d s", began);
    awaitSettled("the cluster is Ready with control in the operator");
    assertThat(deploymentOfControl()).isNull();
    assertThat(ServedMetrics.ofOperator(client, "vecraft-system"))
        .contains(
            "vecraft_control_leads{namespace=\"%s\",app_kubernetes_io_instance=\"small\",} 1.0"
                .formatted(NAMESPACE))
        .contains("vecraft_operator_reconcile_seconds_count{controller=\"vecraftcluster\",}");
  }

  private void controlGoesBackToItsDeployment() {
    assertThat(control().reason()).isEqualTo("Leads");
    assertThat(podsOfControl()).isEmpty();
    long began = System.nanoTime();
    controlIsHostedBy("Deployment");
    awaitSettled("the cluster is Ready with control in its Deployment");
    say("control in its Deployment again after %d s", began);
    assertThat(podsOfControl()).hasSize(1);
    assertThat(control().reason()).isEqualTo("Ready");
  }

  private void controlIsHostedBy(String host) {
    change(spec -> {
      ((ObjectNode) spec.path("control")).put("host", host);
      return spec;
    });
  }

  private ConditionState control() {
    return cluster().getStatus().condition("ControlReady").orElseThrow();
  }

  private @Nullable Deployment deploymentOfControl() {
    return client.apps().deployments().inNamespace(NAMESPACE).withName("small-control").get();
  }

  private List<Pod> podsOfControl() {
    return client
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("app.kubernetes.io/component", "control")
        .list()
        .getItems();
  }

  /**
   * A storage node comes, gets its share of what there is, and is emptied before it goes. Each
   * shard is on one node, else none of two could leave.
   */
  private void storageIsScaled() throws Exception {
    change(spec -> {
      ((ObjectNode) spec.path("control")).put("shardReplicas", 1);
      return spec;
    });
    awaitSettled("the cluster is Ready with one replica of each shard");
    try (var gateway = gateway()) {
      var spread = new SpreadCollection(gateway);
      change(spec -> storageNodes(spec, 2));
      awaitSettled("the cluster is Ready with two storage nodes");
      await("the second node has its share", () -> spread.isOn("small-storage-1"));
      spread.isFound();
      change(spec -> storageNodes(spec, 1));
      await("the second node is gone", () -> pod("small-storage-1") == null);
      awaitSettled("the cluster is Ready with one storage node");
      assertThat(pod("small-storage-1")).isNull();
      assertThat(
              cluster()
                  .getStatus()
                  .condition("StorageReady")
                  .filter(ConditionState::holds)
                  .isPresent())
          .isTrue();
      spread.isFound();
      spread.drop();
    }
    writeAndSearch();
  }

  private void aPartitionHasJournalNodesOfItsOwn() throws Exception {
    var own = new OwnJournal(client, NAMESPACE, "small", 3);
    try (var gateway = gateway()) {
      long began = System.nanoTime();
      own.want(gateway);
      say("the partition has a journal node of its own after %d s", began);
      writeAndSearch();
      awaitSettled("the cluster is Ready with two sets of journal nodes");
      began = System.nanoTime();
      own.leave(gateway);
      say("and none, with nothing left, after %d s", began);
    }
    awaitSettled("the cluster is Ready with one set of journal nodes");
    writeAndSearch();
  }

  private void aCollectionHasStorageOfItsOwn() throws Exception {
    var own = new OwnStorage(client, NAMESPACE, "small", "documents");
    try (var gateway = gateway()) {
      long began = System.nanoTime();
      own.want(gateway);
      say("the collection has a storage node of its own after %d s", began);
      writeAndSearch();
      awaitSettled("the cluster is Ready with two sets of storage nodes");
      began = System.nanoTime();
      own.leave(gateway);
      say("and none, with nothing left, after %d s", began);
    }
    awaitSettled("the cluster is Ready with one set of storage nodes");
    writeAndSearch();
  }

  private static JsonNode storageNodes(JsonNode spec, int number) {
    ((ObjectNode) spec.path("storage")).put("replicas", number);
    return spec;
  }

  /** With a certificate of the cluster's authority, which the operator trusts as well. */
  private void gatewaysSpeakHttps() throws Exception {
    change(spec -> {
      ((ObjectNode) spec.path("gateway")).putObject("tls").putArray("names").add("localhost");
      return spec;
    });
    awaitSettled("the gateways speak HTTPS");
    assertThat(cluster().getStatus().endpoint()).startsWith("https://small-gateway.");
    Secret shown = secret("small-gateway-public");
    try (var forward =
        client.services().inNamespace(NAMESPACE).withName("small-gateway").portForward(8750)) {
      assertThat(ShownCertificate.isTrusted("localhost", forward.getLocalPort(), shown)).isTrue();
    }
    // A change that only the gateways can make, which the operator calls over HTTPS now.
    edit(
        this::collection,
        c -> {
          JsonNode spec =
              client.getKubernetesSerialization().convertValue(c.getSpec(), JsonNode.class);
          ((ObjectNode) spec).put("timeTravelWindowSeconds", 7_200);
          c.setSpec(client.getKubernetesSerialization().convertValue(spec, CollectionSpec.class));
          return c;
        });
    await(
        "the collection is changed, and Ready",
        () -> {
          Collection collection = collection();
          return collection.getStatus().observedGeneration()
                  == collection.getMetadata().getGeneration()
              && ready(collection.getStatus().conditions());
        });
    try (var gateway = gateway()) {
      assertThat(
              gateway.get("/v1/collections/documents").body().path("time_travel_window_s").asLong())
          .isEqualTo(7_200);
    }
  }

  /** While clients write and read. */
  private void theAuthorityIsReplaced() throws Exception {
    var authority = new ReplacedAuthority(client, NAMESPACE, "small");
    long began = System.nanoTime();
    change(spec -> {
      ObjectNode certificates = ((ObjectNode) spec).withObject("/certificates");
      certificates.put("authoritySerial", 1).put("authoritySpreadSeconds", 60);
      return spec;
    });
    authority.await(this::writeAndSearch);
    say("the authority replaced %d s after that was wanted, 60 s for each step", began);
    authority.check();
    awaitSettled("the cluster is Ready with another authority");
  }

  /** An unchanged cluster: no object has another version after a while. */
  private void nothingIsWritten() throws InterruptedException {
    await(
        "all is calm",
        () -> {
          Map<String, String> before = versions();
          Thread.sleep(3_000);
          return before.equals(versions());
        });
    Map<String, String> before = versions();
    Thread.sleep(QUIET);
    assertThat(versions()).isEqualTo(before);
  }

  private Map<String, String> versions() {
    var versions = new TreeMap<String, String>();
    var all = new ArrayList<HasMetadata>(left());
    all.add(cluster());
    all.add(collection());
    all.forEach(r ->
        versions.put(
            r.getKind() + "/" + r.getMetadata().getName(), r.getMetadata().getResourceVersion()));
    return versions;
  }

  private List<HasMetadata> left() {
    var left = new ArrayList<HasMetadata>();
    MADE.forEach(
        type -> left.addAll(client.resources(type).inNamespace(NAMESPACE).list().getItems()));
    return left;
  }
}
