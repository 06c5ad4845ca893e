package io.vecraft.journal.log.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.server.RaftServerConfigKeys.Log.Appender;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RatisSettingsTest {
  /** Else one that comes back stands for election again and again before its leader tries it. */
  @ParameterizedTest
  @ValueSource(ints = {50, 300, 1_000, 30_000})
  void aFollowerIsTriedAgainWithinTheElectionTimeoutHoweverLongItWasAway(int electionTimeoutMs) {
    var self = new RaftMember("a", "127.0.0.1", 1);
    RaftConfig config =
        RaftConfig.defaults(self, List.of(self), new UUID(1, 2), Path.of("unused"))
            .withElectionTimeout(
                Duration.ofMillis(electionTimeoutMs), Duration.ofMillis(2L * electionTimeoutMs));
    RetryPolicy policy = RetryPolicy.parse(Appender.retryPolicy(RatisSettings.of(config)));
    for (int errors : new int[] {11, 30, 31, 1_031, 1_000_000, Integer.MAX_VALUE - 1}) {
      TimeDuration wait = policy.handleAttemptFailure(() -> errors).getSleepTime();
      assertThat(wait.toLong(TimeUnit.MILLISECONDS))
          .as("after %d errors", errors)
          .isBetween(1L, electionTimeoutMs / 2L);
    }
  }
}
