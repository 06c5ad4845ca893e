package io.vecraft.operator.collection;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.crd.collection.Collection;
import io.vecraft.crd.collection.CollectionSpec;
import io.vecraft.operator.collection.CollectionPlan.Action;
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
    return CollectionPlan.of(spec(more), OWNER, Optional.of(is));
  }

  @Test
  void whatIsNotThereIsMadeWithItsDefaultsWrittenOut() {
    assertThat(CollectionPlan.of(spec(", schema: {year: integer}"), OWNER, Optional.empty()))
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
    assertThat(CollectionPlan.of(spec(", replicas: 1"), OWNER, Optional.empty()).toString())
        .contains("\"replicas\":1");
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
}
