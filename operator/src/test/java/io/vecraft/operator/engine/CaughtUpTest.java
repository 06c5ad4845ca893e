package io.vecraft.operator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CaughtUpTest {
  private static final long NOW_MS = 1_795_640_681_989L;

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }

  private static String stamp(long ms) {
    return "\"" + (ms << 19) + "\"";
  }

  private static Optional<String> problem(String replicas, int storages) throws Exception {
    return CaughtUp.problem(
        json(
            "[{\"id\":1,\"closed_stamp\":%s},{\"id\":2,\"closed_stamp\":\"0\"}]"
                .formatted(stamp(NOW_MS))),
        json(
            "[{\"name\":\"docs\",\"shard_states\":[{\"shard\":0,\"replicas\":%s}]}]"
                .formatted(replicas)),
        Map.of(CaughtUp.SHARED, storages),
        2);
  }

  private static String replica(long ms) {
    return "[{\"node\":\"s-0\",\"frontier\":%s}]".formatted(stamp(ms));
  }

  @Test
  void allReplicasAreThereAndFresh() throws Exception {
    assertThat(problem(replica(NOW_MS), 1)).isEmpty();
    assertThat(problem(replica(NOW_MS + 500), 1)).isEmpty();
    assertThat(problem(replica(NOW_MS - 9_000), 1)).isEmpty();
  }

  @Test
  void aMissingReplicaOrOneThatIsBehindIsTold() throws Exception {
    assertThat(problem(replica(NOW_MS), 2)).contains("shard 0 of docs has 1 of 2 replicas");
    assertThat(problem(replica(NOW_MS), 5)).contains("shard 0 of docs has 1 of 2 replicas");
    assertThat(problem(replica(NOW_MS - 60_000), 1))
        .contains("shard 0 of docs is 60000 ms behind the journal on s-0");
  }

  @Test
  void aCollectionSaysHowManyReplicasItsShardsHave() throws Exception {
    JsonNode collections =
        json(
            "[{\"name\":\"docs\",\"replicas\":3,\"shard_states\":[{\"shard\":0,\"replicas\":["
                + "{\"node\":\"s-0\",\"frontier\":\"5\"},{\"node\":\"s-1\",\"frontier\":\"5\"}]}]}]");
    assertThat(CaughtUp.problem(json("[]"), collections, Map.of(CaughtUp.SHARED, 5), 2))
        .contains("shard 0 of docs has 2 of 3 replicas");
    assertThat(CaughtUp.problem(json("[]"), collections, Map.of(CaughtUp.SHARED, 2), 2)).isEmpty();
  }

  @Test
  void aCollectionHasReplicasOnTheNodesOfItsPoolAlone() throws Exception {
    JsonNode collections =
        json(
            "[{\"name\":\"docs\",\"pool\":\"own\",\"shard_states\":[{\"shard\":0,\"replicas\":["
                + "{\"node\":\"s-0\",\"frontier\":\"5\"}]}]}]");
    assertThat(CaughtUp.problem(json("[]"), collections, Map.of("shared", 3, "own", 1), 2))
        .isEmpty();
    assertThat(CaughtUp.problem(json("[]"), collections, Map.of("shared", 1, "own", 2), 2))
        .contains("shard 0 of docs has 1 of 2 replicas");
  }

  @Test
  void aPartitionWithoutALeaderIsTold() throws Exception {
    assertThat(CaughtUp.withoutLeader(json("[{\"id\":1,\"leader\":\"j-0\"}]"))).isEmpty();
    assertThat(
            CaughtUp.withoutLeader(
                json("[{\"id\":1,\"leader\":\"j-0\"},{\"id\":4,\"leader\":\"\"}]")))
        .contains("partition 4 has no leader");
  }
}
