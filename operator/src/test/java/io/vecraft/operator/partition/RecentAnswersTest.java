package io.vecraft.operator.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vecraft.operator.engine.GatewayException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class RecentAnswersTest {
  private static final JsonNode PARTITIONS = JsonNodeFactory.instance.arrayNode();

  private Instant now = Instant.parse("2026-11-25T12:00:00Z");
  private int questions;

  /** Calls that are under way, until a test lets them end. */
  private final Deque<Runnable> underWay = new ArrayDeque<>();

  private final RecentAnswers answers = new RecentAnswers(new SetClock(), underWay::add);

  /** Says what the test says. */
  private final class SetClock extends Clock {
    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private JsonNode tell() {
    questions++;
    return PARTITIONS;
  }

  private JsonNode fail() throws GatewayException {
    questions++;
    throw new GatewayException("no answer");
  }

  @Test
  void allPartitionsOfAClusterShareOneCallAndNobodyWaits() {
    for (int partition = 0; partition < 100; partition++) {
      assertThat(answers.of("c1", this::tell)).isEmpty();
    }
    assertThat(underWay).hasSize(1);
    underWay.remove().run();
    for (int partition = 0; partition < 100; partition++) {
      assertThat(answers.of("c1", this::tell)).contains(new RecentAnswers.Told(PARTITIONS));
    }
    assertThat(questions).isEqualTo(1);
  }

  @Test
  void aFailureIsSharedToo() {
    assertThat(answers.of("c1", this::fail)).isEmpty();
    underWay.remove().run();
    assertThat(answers.of("c1", this::fail)).contains(new RecentAnswers.Failed("no answer"));
    assertThat(questions).isEqualTo(1);
  }

  @Test
  void whatIsNotExpectedIsAFailureAndNotTheEndOfAsking() {
    assertThat(
            answers.of(
                "c1",
                () -> {
                  throw new IllegalStateException("unexpected");
                }))
        .isEmpty();
    underWay.remove().run();
    assertThat(answers.of("c1", this::tell)).contains(new RecentAnswers.Failed("unexpected"));
    now = now.plus(RecentAnswers.FRESH);
    assertThat(answers.of("c1", this::tell)).isEmpty();
    assertThat(underWay).hasSize(1);
  }

  @Test
  void anOldAnswerIsNoneAndNeitherIsOneFromAClockThatWasSetBack() {
    assertThat(answers.of("c1", this::tell)).isEmpty();
    underWay.remove().run();
    now = now.plus(RecentAnswers.FRESH).minusNanos(1);
    assertThat(answers.of("c1", this::tell)).isPresent();
    now = now.plusNanos(1);
    assertThat(answers.of("c1", this::tell)).isEmpty();
    underWay.remove().run();
    now = now.minusSeconds(3_600);
    assertThat(answers.of("c1", this::tell)).isEmpty();
    assertThat(underWay).hasSize(1);
  }

  @Test
  void aClusterThatHangsKeepsNoOtherFromBeingAskedUpToALimit() {
    assertThat(answers.of("hangs", this::tell)).isEmpty();
    assertThat(answers.of("c1", this::tell)).isEmpty();
    underWay.removeLast().run();
    assertThat(answers.of("c1", this::tell)).isPresent();
    for (int n = 0; n < 2 * RecentAnswers.UNDER_WAY_MAX; n++) {
      assertThat(answers.of("hangs" + n, this::tell)).isEmpty();
    }
    assertThat(underWay).hasSize(RecentAnswers.UNDER_WAY_MAX);
    underWay.remove().run();
    assertThat(answers.of("last", this::tell)).isEmpty();
    assertThat(underWay).hasSize(RecentAnswers.UNDER_WAY_MAX);
  }
}
