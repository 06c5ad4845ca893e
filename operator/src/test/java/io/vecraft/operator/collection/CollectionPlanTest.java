package io.vecraft.operator.collection;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.crd.cluster.GatewayEmbeddingSpec;
import io.vecraft.crd.cluster.GatewayServiceSpec;
import io.vecraft.crd.cluster.GatewaySpec;
import io.vecraft.crd.collection.Collection;
import io.vecraft.crd.collection.CollectionSpec;
import io.vecraft.operator.collection.CollectionPlan.Action;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CollectionPlanTest {
  private static final String OWNER = "kubernetes/data/docs";
  private static final String PRESENT =
      """
      {"name":"docs","id":7,"dimension":3,"metric":"cosine","shards":1,"schema":{"year":"integer"},
       "time_travel_window_s":3600,"index":{"m":16,"ef_construction":100,"quantization":"none"},
       "owner":"kubernetes/data/docs"}
      """;

  private static CollectionSpec spec(String more) {
    return new KubernetesSerialization()
        .unmarshal(
            "apiVersion: vecraft.io/v1alpha1\nkind: Collection\nmetadata: {name: docs}\n"
                + "spec: {cluster: main, vector: {dimension: 3}"
                + more
                + "}\n",
            Collection.class)
        .getSpec();
  }

  private static Action plan(String more, String present) throws Exception {
    JsonNode is = new ObjectMapper().readTree(present);
    return CollectionPlan.of(spec(more), OWNER, "shared", Optional.of(is));
  }

  @Test
  void whatIsNotThereIsMadeWithItsDefaultsWrittenOut() {
    assertThat(
            CollectionPlan.of(spec(", schema: {year: integer}"), OWNER, "shared", Optional.empty()))
        .hasToString(
            """
            Create[definition={"dimension":3,"metric":"cosine","shards":1,"time_travel_window_s":3600,\
            "schema":{"year":"integer"},"index":{"m":16,"ef_construction":100,"quantization":"none"}}]\
            """);
  }

  @Test
  void whatIsAsItShouldBeIsLeftAlone() throws Exception {
    assertThat(plan(", schema: {year: integer}", PRESENT)).isEqualTo(new CollectionPlan.Nothing());
    // Fields that were declared before and are not said any more stay declared.
    assertThat(plan("", PRESENT)).isEqualTo(new CollectionPlan.Nothing());
  }

  @Test
  void replicasOfWhichTheResourceSaysNothingAreLeftToControl() throws Exception {
    assertThat(plan(", replicas: 3", PRESENT)).hasToString("Alter[change={\"replicas\":3}]");
    String three = PRESENT.replace("\"shards\"", "\"replicas\":3,\"shards\"");
    assertThat(plan(", replicas: 3", three)).isEqualTo(new CollectionPlan.Nothing());
    assertThat(plan("", three)).isEqualTo(new CollectionPlan.Nothing());
    assertThat(
            CollectionPlan.of(spec(", replicas: 1"), OWNER, "shared", Optional.empty()).toString())
        .contains("\"replicas\":1");
  }

  @Test
  void theStorageNodesOfItsOwnAreAPoolOfItsName() throws Exception {
    JsonNode shared = new ObjectMapper().readTree(PRESENT);
    JsonNode own =
        new ObjectMapper().readTree(PRESENT.replace("\"shards\"", "\"pool\":\"docs\",\"shards\""));
    assertThat(own.path("pool").asText()).isEqualTo("docs");
    assertThat(CollectionPlan.of(spec(""), OWNER, "docs", Optional.empty()).toString())
        .contains("\"pool\":\"docs\"");
    assertThat(CollectionPlan.of(spec(""), OWNER, "docs", Optional.of(shared)))
        .hasToString("Alter[change={\"pool\":\"docs\"}]");
    assertThat(CollectionPlan.of(spec(""), OWNER, "docs", Optional.of(own)))
        .isEqualTo(new CollectionPlan.Nothing());
    assertThat(CollectionPlan.of(spec(""), OWNER, "shared", Optional.of(own)))
        .hasToString("Alter[change={\"pool\":\"shared\"}]");
  }

  @Test
  void onlyWhatIsAnotherIsChanged() throws Exception {
    assertThat(
            plan(
                ", schema: {year: integer, price: float}, timeTravelWindowSeconds: 60,"
                    + " index: {efConstruction: 200}",
                PRESENT))
        .hasToString(
            """
            Alter[change={"schema":{"price":"float"},"time_travel_window_s":60,\
            "index":{"ef_construction":200}}]\
            """);
  }

  @Test
  void whatCannotChangeIsRefusedByName() throws Exception {
    assertThat(plan(", shards: 2", PRESENT))
        .isInstanceOfSatisfying(
            CollectionPlan.Refuse.class,
            refuse -> assertThat(refuse.message()).contains("number of shards"));
    assertThat(plan(", schema: {year: float}", PRESENT)).isInstanceOf(CollectionPlan.Refuse.class);
  }

  @Test
  void aCollectionOfSomebodyElseIsNotTakenOver() throws Exception {
    assertThat(plan("", PRESENT.replace("data/docs", "data/other")))
        .isInstanceOfSatisfying(
            CollectionPlan.Refuse.class, refuse -> assertThat(refuse.reason()).isEqualTo("Owned"));
    assertThat(plan("", PRESENT.replace("kubernetes/data/docs", "")))
        .isInstanceOfSatisfying(
            CollectionPlan.Refuse.class, refuse -> assertThat(refuse.reason()).isEqualTo("Owned"));
  }

  private static final String OPEN_AI =
      ", embedding: {provider: OpenAI, url: 'https://e.example.org/v1', model: m%s}";

  /** A collection that was made with that embedding. */
  private static String present(String embedding) {
    return PRESENT.replace("\"owner\"", "\"embedding\":{" + embedding + "},\"owner\"");
  }

  private static void assertConflict(Action action, String what) {
    assertThat(action)
        .isEqualTo(
            new CollectionPlan.Refuse(
                "Conflict", what + " of the collection is another one, and cannot be changed"));
  }

  @Test
  void theGatewaysAreToldWhoMakesVectorsAndWhereTheKeyIs() {
    assertThat(
            CollectionPlan.of(
                    spec(OPEN_AI.formatted(", apiKey: big.one, sendDimension: true")),
                    OWNER,
                    "shared",
                    Optional.empty())
                .toString())
        .endsWith(
            """
            ,"embedding":{"provider":"openai","dimension":3,"url":"https://e.example.org/v1","model":"m",\
            "api_key_ref":"file:/etc/vecraft/embedding/big.one","send_dimension":true}}]\
            """);
    assertThat(
            CollectionPlan.of(
                    spec(", embedding: {provider: Hashing}"), OWNER, "shared", Optional.empty())
                .toString())
        .endsWith(",\"embedding\":{\"provider\":\"hashing\",\"dimension\":3}}]");
  }

  @Test
  void whatWasMadeIsLeftAloneHoweverItsEmbeddingIs() throws Exception {
    for (String embedding :
        List.of(
            "",
            ", embedding: {provider: Hashing, sendDimension: false}",
            OPEN_AI.formatted(""),
            OPEN_AI.formatted(", apiKey: e, sendDimension: true"))) {
      var made =
          (CollectionPlan.Create)
              CollectionPlan.of(spec(embedding), OWNER, "shared", Optional.empty());
      String answer = made.definition().put("owner", OWNER).toString();
      assertThat(plan(embedding, answer)).as(answer).isEqualTo(new CollectionPlan.Nothing());
    }
    // What is written out is the same as what is left to its default.
    assertThat(
            plan(
                OPEN_AI.formatted(""),
                present(
                    """
                    "model":"m","provider":"openai","dimension":3,"send_dimension":false,
                    "url":"https://e.example.org/v1"
                    """)))
        .isEqualTo(new CollectionPlan.Nothing());
  }

  @Test
  void anotherEmbeddingIsAConflictByItsName() throws Exception {
    String hashing = "\"provider\":\"hashing\",\"dimension\":3";
    String openAi =
        """
        "provider":"openai","url":"https://e.example.org/v1","model":"m","dimension":3,
        "api_key_ref":"file:/etc/vecraft/embedding/e","send_dimension":true
        """;
    String same = OPEN_AI.formatted(", apiKey: e, sendDimension: true");
    assertThat(plan(same, present(openAi))).isEqualTo(new CollectionPlan.Nothing());
    assertConflict(plan("", present(hashing)), "the embedding");
    assertConflict(plan(", embedding: {provider: Hashing}", PRESENT), "the embedding");
    assertConflict(plan(same, present(hashing)), "embedding.provider");
    assertConflict(plan(same.replace("/v1", "/v2"), present(openAi)), "embedding.url");
    assertConflict(plan(same.replace("model: m", "model: n"), present(openAi)), "embedding.model");
    assertConflict(
        plan(same.replace("apiKey: e", "apiKey: f"), present(openAi)), "embedding.apiKey");
    assertConflict(
        plan(OPEN_AI.formatted(", sendDimension: true"), present(openAi)), "embedding.apiKey");
    assertConflict(
        plan(OPEN_AI.formatted(", apiKey: e"), present(openAi)), "embedding.sendDimension");
  }

  @Test
  void aKeyWaitsForTheClusterToHaveKeys() {
    var with = spec(OPEN_AI.formatted(", apiKey: big.one")).texts();
    var urls = List.of("https://models.example.org");
    assertThat(EmbeddingPlan.lacking(with, gateway(new GatewayEmbeddingSpec(urls, "keys"))))
        .isEmpty();
    assertThat(EmbeddingPlan.lacking(with, gateway(new GatewayEmbeddingSpec(urls, null))))
        .contains(
            "the VecraftCluster has no gateway.embedding.secret, where big.one, the embedding.apiKey, would be");
    assertThat(EmbeddingPlan.lacking(with, GatewaySpec.DEFAULT)).isPresent();
    assertThat(EmbeddingPlan.lacking(spec("").texts(), GatewaySpec.DEFAULT)).isEmpty();
    assertThat(EmbeddingPlan.lacking(spec(OPEN_AI.formatted("")).texts(), GatewaySpec.DEFAULT))
        .isEmpty();
  }

  private static GatewaySpec gateway(GatewayEmbeddingSpec embedding) {
    return new GatewaySpec(2, GatewayServiceSpec.DEFAULT, null, embedding, null);
  }
}
