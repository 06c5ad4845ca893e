package io.vecraft.operator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CaughtUpTest {
  private static Optional<String> problem(String replicas, int storages) throws Exception {
    String collections =
        "[{\"name\":\"docs\",\"shard_states\":[{\"shard\":0,\"replicas\":%s}]}]"
            .formatted(replicas);
    return CaughtUp.problem(new ObjectMapper().readTree(collections), storages, 2);
  }

  @Test
  void allReplicasAreThereAndFresh() throws Exception {
    assertThat(problem("[{\"node\":\"s-0\",\"staleness_ms\":4}]", 1)).isEmpty();
  }

  @Test
  void aMissingReplicaOrOneThatIsBehindIsTold() throws Exception {
    assertThat(problem("[{\"node\":\"s-0\",\"staleness_ms\":4}]", 2))
        .contains("shard 0 of docs has 1 of 2 replicas");
    assertThat(problem("[{\"node\":\"s-0\",\"staleness_ms\":4}]", 5))
        .contains("shard 0 of docs has 1 of 2 replicas");
    assertThat(problem("[{\"node\":\"s-0\",\"staleness_ms\":60000}]", 1))
        .contains("shard 0 of docs is 60000 ms behind on s-0");
  }

  @Test
  void aCollectionSaysHowManyReplicasItsShardsHave() throws Exception {
    var collections =
        new ObjectMapper()
            .readTree(
                "[{\"name\":\"docs\",\"replicas\":3,\"shard_states\":[{\"shard\":0,\"replicas\":["
                    + "{\"node\":\"s-0\",\"staleness_ms\":4},{\"node\":\"s-1\",\"staleness_ms\":4}]}]}]");
    assertThat(CaughtUp.problem(collections, 5, 2)).contains("shard 0 of docs has 2 of 3 replicas");
    assertThat(CaughtUp.problem(collections, 2, 2)).isEmpty();
  }
}
