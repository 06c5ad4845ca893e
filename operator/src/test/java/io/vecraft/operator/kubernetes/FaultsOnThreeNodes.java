package io.vecraft.operator.kubernetes;

import static io.vecraft.operator.kubernetes.OneNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vecraft.crd.collection.Collection;
import io.vecraft.e2e.http.Rest;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A cluster on three nodes, while clients write and read at all levels through the Service of its
 * gateways: what breaks is mended, what is changed is rolled out, and no client ever gives up a
 * request. In an order, on one cluster, because it takes its time to start one. {@code
 * -Dvecraft.faults.seed=N} repeats the clients' choices.
 */
@Tag("kubernetes")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(TellWhy.class)
class FaultsOnThreeNodes implements TellWhy.Teller {
  private static final String NAMESPACE = "faults";
  private static final int SHARD_REPLICAS = 2;

  /** How long everybody has to hear of another authority. */
  private static final int SPREAD_SECONDS = 60;

  /** How long nobody reaches the API server. */
  private static final long AWAY_SECONDS = 30;

  private ThreeNodes nodes;
  private KubernetesClient client;
  private LiveCluster cluster;
  private ClusterLoad load;

  @BeforeAll
  void start() throws Exception {
    nodes = new ThreeNodes();
    client = nodes.client();
    long began = System.nanoTime();
    cluster = LiveCluster.make(client, NAMESPACE);
    await("a port for clients", cluster::openNodePort);
    cluster.awaitSettled("the cluster");
    System.out.printf("Ready on three nodes %d s after it was applied%n", since(began));
    load = ClusterLoad.start(nodes.endpoints(), cluster.key());
    awaitWhole("replicas of the collections", Set.of());
    load.awaitAnswers();
  }

  @AfterAll
  void stop() {
    if (nodes != null) {
      nodes.close();
    }
  }

  @Override
  public String tell() throws Exception {
    if (nodes == null) {
      return "no Kubernetes has started";
    }
    return nodes.kubectl("get", "nodes,all,vc,vcol,vjp,events", "-A", "-o", "wide")
        + nodes.kubectl("-n", NAMESPACE, "get", "vc", "-o", "yaml")
        + nodes.kubectl(
            "-n",
            "vecraft-system",
            "logs",
            "-l",
            "app.kubernetes.io/name=vecraft-operator",
            "--tail=200",
            "--prefix");
  }

  /** Every shard of the clients' collections is on two nodes, none of which is one of these. */
  private boolean whole(Set<String> without) throws Exception {
    try (Rest rest = load.rest()) {
      for (String collection : ClusterLoad.collections()) {
        JsonNode told = rest.get("/v1/collections/" + collection).ok();
        for (JsonNode shard : told.path("shard_states")) {
          int there = 0;
          for (JsonNode replica : shard.path("replicas")) {
            there += without.contains(replica.path("node").asText()) ? 0 : 1;
          }
          if (there < SHARD_REPLICAS) {
            return false;
          }
        }
      }
      return true;
    }
  }

  private void awaitWhole(String what, Set<String> without) {
    await(what, () -> whole(without));
  }

  /** Nobody has time to say goodbye. */
  private void kill(String pod) {
    String uid = cluster.uid(pod);
    assertThat(uid).as("there is a Pod " + pod).isNotEmpty();
    client.pods().inNamespace(NAMESPACE).withName(pod).withGracePeriod(0).delete();
    await("the Pod " + pod + " is gone", () -> !uid.equals(cluster.uid(pod)));
    cluster.awaitSettled("the cluster without that Pod " + pod);
    awaitWhole("replicas without that Pod " + pod, Set.of());
  }

  @Test
  @Order(1)
  void podsOfEveryRoleAreKilled() throws Exception {
    load.during("an etcd member is killed", () -> kill("main-etcd-1"));
    try (Rest rest = load.rest()) {
      String leader =
          rest.get("/v1/journal").ok().path("partitions").path(0).path("leader").asText();
      load.during("the journal node that leads is killed", () -> kill(leader));
    }
    load.during("a storage node is killed", () -> kill("main-storage-0"));
    load.during("a query processor is killed", () -> kill(cluster.pods("query").getFirst()));
    load.during("a gateway is killed", () -> kill(cluster.pods("gateway").getFirst()));
    load.during("control is killed", () -> kill(cluster.pods("control").getFirst()));
  }

  @Test
  @Order(2)
  void theApiServerIsAway() throws Exception {
    load.during(
        "the API server is away",
        () -> {
          nodes.cutApiServer(true);
          try {
            assertThat(nodes.apiServerAnswers()).isFalse();
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(AWAY_SECONDS));
            load.awaitAnswers();
            assertThat(nodes.apiServerAnswers()).isFalse();
          } finally {
            nodes.cutApiServer(false);
          }
          await("the API server is back", nodes::apiServerAnswers);
          cluster.awaitSettled("the cluster after the API server came back");
        });
  }

  @Test
  @Order(3)
  void certificatesAreRenewed() throws Exception {
    load.during(
        "all certificates are renewed",
        () -> {
          var shown = new ShownByPods(client, NAMESPACE, "main");
          List<String> components =
              List.of("etcd", "journal", "storage", "query", "gateway", "control");
          for (String component : components) {
            client
                .secrets()
                .inNamespace(NAMESPACE)
                .withName("main-" + component + "-certificate")
                .delete();
          }
          for (String component : components) {
            await("a certificate for " + component, () -> cluster.hasCertificate(component));
          }
          await("a storage node shows it", () -> shown.isCurrent("storage", 0));
          await("a journal node shows it", () -> shown.isCurrent("journal", 0));
          cluster.awaitSettled("the cluster with new certificates");
        });
  }

  @Test
  @Order(4)
  void theAuthorityIsReplaced() throws Exception {
    load.during(
        "the authority of all certificates is replaced",
        () -> {
          var authority = new ReplacedAuthority(client, NAMESPACE, "main");
          cluster.change(spec ->
              ((ObjectNode) spec)
                  .withObject("/certificates")
                  .put("authoritySerial", 1)
                  .put("authoritySpreadSeconds", SPREAD_SECONDS));
          authority.await(load::awaitAnswers);
          authority.check();
          cluster.awaitSettled("the cluster with another authority");
        });
  }

  @Test
  @Order(5)
  void aBadImageIsHealedByAGoodOneAlsoWhenTheOperatorIsKilled() throws Exception {
    nodes.tagImage("vecraft:dev", "vecraft:next");
    load.during(
        "an image that there is not",
        () -> {
          cluster.change(spec -> ((ObjectNode) spec).put("image", "vecraft:there-is-none"));
          await(
              "a journal node is stuck",
              () ->
                  cluster
                      .resource()
                      .getStatus()
                      .condition("JournalReady")
                      .filter(c -> c.reason().equals("NotReady"))
                      .isPresent());
          load.awaitAnswers();
        });
    String first = cluster.uid("main-journal-0");
    load.during(
        "the image and the journal's memory are changed, and the operator killed meanwhile",
        () -> {
          cluster.change(spec -> {
            ((ObjectNode) spec).put("image", "vecraft:next");
            ((ObjectNode) spec.path("journal").path("resources").path("limits"))
                .put("memory", "520Mi");
          });
          await(
              "the stuck Pod is replaced",
              () -> cluster.image("main-journal-2").equals("vecraft:next"));
          cluster.killOperator();
          await(
              "the last journal node is replaced",
              () -> !first.equals(cluster.uid("main-journal-0")));
          cluster.awaitSettled("the change is rolled out");
        });
    for (String component : List.of("journal", "storage", "query", "gateway", "control")) {
      for (String pod : cluster.pods(component)) {
        assertThat(cluster.image(pod)).as(pod).isEqualTo("vecraft:next");
      }
    }
  }

  @Test
  @Order(6)
  void rolesAreScaled() throws Exception {
    load.during(
        "one more of query, gateway and storage",
        () -> {
          cluster.scale("query", 3);
          cluster.scale("gateway", 3);
          cluster.scale("storage", 4);
          cluster.awaitSettled("there are more");
          awaitOn("the new storage node has its share", "main-storage-3", true);
        });
    load.during(
        "one less of query, gateway and storage",
        () -> {
          cluster.scale("query", 2);
          cluster.scale("gateway", 2);
          cluster.scale("storage", 3);
          cluster.awaitSettled("there are less");
          awaitOn("nothing is on the storage node that left", "main-storage-3", false);
          awaitWhole("replicas on those that stay", Set.of());
        });
  }

  @Test
  @Order(7)
  void aPartitionIsAdded() throws Exception {
    load.during(
        "a partition is added",
        () -> {
          cluster.change(spec -> ((ObjectNode) spec.path("journal")).put("dataPartitions", 3));
          cluster.awaitSettled("there is another partition");
        });
    try (Rest rest = load.rest()) {
      rest.send("PUT", "/v1/collections/wider", "", "{\"dimension\":2,\"shards\":3}").ok();
      assertThat(rest.get("/v1/collections/wider").ok().path("shard_states").valueStream())
          .extracting(shard -> shard.path("partition").asInt())
          .containsExactlyInAnyOrder(3, 4, 5);
    }
  }

  private void awaitOn(String what, String node, boolean wanted) {
    await(
        what,
        () -> {
          try (Rest rest = load.rest()) {
            boolean on = false;
            for (String collection : ClusterLoad.collections()) {
              JsonNode told = rest.get("/v1/collections/" + collection).ok();
              on |= told.path("shard_states").findValuesAsText("node").contains(node);
            }
            return on == wanted;
          }
        });
  }

  @Test
  @Order(8)
  void aNodeIsLostAndComesBack() throws Exception {
    loseNode("a node is lost", "the node comes back");
  }

  /** The operator that has control is on some node, perhaps on the one that is lost. */
  @Test
  @Order(9)
  void theOperatorThatControlsIsKilledAndANodeIsLost() throws Exception {
    load.during(
        "control goes to the operator",
        () -> {
          controlIsHostedBy("Operator", "Leads");
          assertThat(cluster.pods("control")).isEmpty();
        });
    load.during(
        "the operator that controls is killed while storage is scaled",
        () -> {
          cluster.scale("storage", 4);
          cluster.killOperator();
          cluster.awaitSettled("there is a storage node more");
          awaitOn("the new storage node has its share", "main-storage-3", true);
          cluster.scale("storage", 3);
          cluster.awaitSettled("there is one less");
          awaitWhole("replicas on those that stay", Set.of());
        });
    loseNode("a node is lost, control is in the operator", "that node comes back");
    load.during(
        "control goes back to its Deployment", () -> controlIsHostedBy("Deployment", "Ready"));
  }

  private void controlIsHostedBy(String host, String reason) {
    cluster.change(spec -> ((ObjectNode) spec.path("control")).put("host", host));
    await(
        "control is in the " + host,
        () ->
            cluster
                .resource()
                .getStatus()
                .condition("ControlReady")
                .filter(c -> c.reason().equals(reason))
                .isPresent());
    cluster.awaitSettled("the cluster with control in the " + host);
  }

  private void loseNode(String what, String back) throws Exception {
    String lost = nodes.agents().stream().filter(this::canBeLost).findFirst().orElseThrow();
    Set<String> on = Set.copyOf(cluster.podsOn(lost));
    System.out.println("On the node that is lost: " + lost + " " + on);
    load.during(
        what,
        () -> {
          long began = System.nanoTime();
          nodes.kill(lost);
          awaitWhole("replicas are elsewhere", on);
          System.out.printf("Replicas elsewhere %s s after it was lost%n", since(began));
          await("the node is not ready", () -> !nodes.ready(lost));
          System.out.printf("Not ready %s s after it was lost%n", since(began));
        });
    load.during(
        back,
        () -> {
          nodes.start(lost);
          await("the node is ready", () -> nodes.ready(lost));
          cluster.awaitSettled("the cluster with the node");
          awaitWhole("all replicas", Set.of());
        });
  }

  /** Majorities stay, and two storage nodes. */
  private boolean canBeLost(String node) {
    List<String> pods = cluster.podsOn(node);
    return List.of("etcd", "journal", "storage").stream()
        .allMatch(
            component -> pods.stream().filter(p -> p.startsWith("main-" + component)).count() == 1);
  }

  private static long since(long began) {
    return Duration.ofNanos(System.nanoTime() - began).toSeconds();
  }

  @Test
  @Order(10)
  void aCollectionIsMadeChangedAndDroppedByItsResource() throws Exception {
    String path = "/v1/collections/notes";
    load.during(
        "a collection is made, changed and dropped by its resource",
        () -> {
          client
              .load(
                  new ByteArrayInputStream(
                      """
                      apiVersion: vecraft.io/v1alpha1
                      kind: Collection
                      metadata: {name: notes, namespace: %s}
                      spec:
                        cluster: main
                        vector: {dimension: 2}
                        shards: 2
                        deletionPolicy: Delete
                      """
                          .formatted(NAMESPACE)
                          .getBytes(StandardCharsets.UTF_8)))
              .create();
          await("the collection is Ready", () -> collectionIs(true));
          try (Rest rest = load.rest()) {
            rest.send(
                    "POST",
                    path + "/vectors",
                    "",
                    "{\"vectors\":[{\"id\":\"a\",\"vector\":[1,2]},{\"id\":\"b\",\"vector\":[2,1]}]}")
                .ok();
            patch(Collection.class, "notes", "{\"schema\":{\"year\":\"integer\"},\"replicas\":3}");
            await(
                "the collection is as its resource was changed",
                () -> {
                  JsonNode told = rest.get(path).ok();
                  return told.at("/schema/year").asText().equals("integer")
                      && told.at("/shard_states/0/replicas").size() == 3
                      && told.at("/shard_states/1/replicas").size() == 3
                      && collectionIs(true);
                });
            JsonNode count =
                rest.send("POST", path + "/vectors/count", "", "{\"consistency_level\":\"strong\"}")
                    .ok();
            assertThat(count.path("count").asInt()).as("%s", count).isEqualTo(2);
            client.resources(Collection.class).inNamespace(NAMESPACE).withName("notes").delete();
            await("the collection is dropped", () -> collectionIs(false));
            assertThat(rest.get(path).code()).isEqualTo("collection_not_found");
          }
        });
  }

  /** Whether its resource is Ready, as it stands; or is gone. */
  private boolean collectionIs(boolean ready) {
    Collection now =
        client.resources(Collection.class).inNamespace(NAMESPACE).withName("notes").get();
    return now == null
        ? !ready
        : ready
            && now.getStatus() != null
            && now.getStatus()
                .condition("Ready")
                .filter(c -> c.holds())
                .filter(c -> c.observedGeneration() == now.getMetadata().getGeneration())
                .isPresent();
  }

  private void patch(Class<? extends HasMetadata> kind, String name, String spec) {
    client
        .resources(kind)
        .inNamespace(NAMESPACE)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":%s}".formatted(spec));
  }

  @Test
  @Order(99)
  void whatTheClientsWereToldIsWhatWasPromised() throws Exception {
    awaitWhole("all replicas", Set.of());
    load.end(SHARD_REPLICAS);
  }
}
