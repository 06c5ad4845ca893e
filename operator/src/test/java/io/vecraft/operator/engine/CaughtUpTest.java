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
    return CaughtUp.problem(new ObjectMapper().readTree(collections), storages);
  }

  @Test
  void allReplicasAreThereAndFresh() throws Exception {
    assertThat(problem("[{\"node\":\"s-0\",\"staleness_ms\":4}]", 1)).isEmpty();
  }

  @Test
  void aMissingReplicaOrOneThatIsBehindIsTold() throws Exception {
    assertThat(problem("[{\"node\":\"s-0\",\"staleness_ms\":4}]", 2))
        .contains("shard 0 of docs has 1 of 2 replicas");
    assertThat(problem("[{\"node\":\"s-0\",\"staleness_ms\":60000}]", 1))
        .contains("shard 0 of docs is 60000 ms behind on s-0");
  }
}
