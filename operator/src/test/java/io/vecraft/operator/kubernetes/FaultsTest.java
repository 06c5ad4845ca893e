package io.vecraft.operator.kubernetes;

import static io.vecraft.operator.kubernetes.OneNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.e2e.http.Rest;
import java.time.Duration;
import java.util.List;
import java.util.Set;
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
 * request. In an order, on one cluster, because it takes its time to start one.
 */
@Tag("kubernetes")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(TellWhy.class)
class FaultsTest implements TellWhy.Teller {
  private static final int SHARD_REPLICAS = 2;

  private ThreeNodes nodes;
  private KubernetesClient client;
  private LiveCluster cluster;
  private ClusterLoad load;

  @BeforeAll
  void start() throws Exception {
    nodes = new ThreeNodes();
    client = nodes.client();
    long began = System.nanoTime();
    cluster = LiveCluster.make(client, "faults");
    await("a port for clients", cluster::openNodePort);
    cluster.awaitSettled("the cluster");
    System.out.printf(
        "Ready on three nodes %d s after it was applied%n",
        Duration.ofNanos(System.nanoTime() - began).toSeconds());
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
    return nodes.kubectl("get", "all,vc,vcol,events", "-A", "-o", "wide")
        + nodes.kubectl("-n", "faults", "get", "vc", "-o", "yaml")
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
      for (String collection : List.of("a", "b")) {
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
    client.pods().inNamespace(cluster.namespace()).withName(pod).withGracePeriod(0).delete();
    await("the Pod " + pod + " is gone", () -> !uid.equals(cluster.uid(pod)));
    cluster.awaitSettled("the cluster without " + pod);
    awaitWhole("replicas without " + pod, Set.of());
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
            load.awaitAnswers();
            load.awaitAnswers();
            load.awaitAnswers();
          } finally {
            nodes.cutApiServer(false);
          }
          cluster.awaitSettled("the cluster after the API server came back");
        });
  }

  @Test
  @Order(3)
  void aChangeIsRolledOutAlsoWhenTheOperatorIsKilled() throws Exception {
    String last = cluster.uid("main-journal-2");
    String first = cluster.uid("main-journal-0");
    load.during(
        "a change of the journal is rolled out, and the operator killed meanwhile",
        () -> {
          cluster.change(spec ->
              ((ObjectNode) spec.path("journal").path("resources").path("limits"))
                  .put("memory", "520Mi"));
          await("the first Pod is replaced", () -> !last.equals(cluster.uid("main-journal-2")));
          cluster.killOperator();
          await("the last Pod is replaced", () -> !first.equals(cluster.uid("main-journal-0")));
          cluster.awaitSettled("the change is rolled out");
        });
  }

  @Test
  @Order(4)
  void aBadImageIsHealedByAGoodOne() throws Exception {
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
    load.during(
        "the image is changed",
        () -> {
          cluster.change(spec -> ((ObjectNode) spec).put("image", "vecraft:next"));
          cluster.awaitSettled("the image is rolled out");
        });
  }

  @Test
  @Order(5)
  void rolesAreScaled() throws Exception {
    load.during(
        "one more of query, gateway and storage",
        () -> {
          scale("query", 3);
          scale("gateway", 3);
          scale("storage", 4);
          cluster.awaitSettled("there are more");
        });
    load.during(
        "one less of query and gateway",
        () -> {
          scale("query", 2);
          scale("gateway", 2);
          cluster.awaitSettled("there are less");
        });
  }

  private void scale(String role, int replicas) {
    cluster.change(spec -> ((ObjectNode) spec.path(role)).put("replicas", replicas));
  }

  @Test
  @Order(6)
  void aNodeIsLostAndComesBack() throws Exception {
    Set<String> lost = Set.copyOf(cluster.podsOn("n3"));
    System.out.println("On the node that is lost: " + lost);
    load.during(
        "a node is lost",
        () -> {
          long began = System.nanoTime();
          nodes.killThird();
          await("the node is not ready", () -> !nodes.ready("n3"));
          System.out.printf("Not ready %s s after it was lost%n", since(began));
          awaitWhole("replicas are elsewhere", lost);
          System.out.printf("Replicas elsewhere %s s after it was lost%n", since(began));
        });
    load.during(
        "the node comes back",
        () -> {
          nodes.startThird();
          await("the node is ready", () -> nodes.ready("n3"));
          cluster.awaitSettled("the cluster with the node");
        });
  }

  private static long since(long began) {
    return Duration.ofNanos(System.nanoTime() - began).toSeconds();
  }

  @Test
  @Order(99)
  void whatTheClientsWereToldIsWhatWasPromised() throws Exception {
    awaitWhole("all replicas", Set.of());
    load.end(SHARD_REPLICAS);
    assertThat(cluster.resource().getStatus().conditions()).isNotEmpty();
  }
}
