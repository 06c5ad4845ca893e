package io.vecraft.operator.partition;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.operator.engine.GatewayException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the gateways of clusters have told of their journals a moment ago, so that all partitions of
 * a cluster need one question. Nobody waits here: gateways that hang must not hold the threads that
 * all clusters share. Of each cluster one call is under way at most; what is old is forgotten, so
 * that nothing is left of a cluster that nobody asks about any more. Safe for concurrent use.
 */
final class RecentAnswers {
  /** So old an answer may be. */
  static final Duration FRESH = Duration.ofSeconds(5);

  /** Clusters that are asked at the same time; those beyond come next. */
  static final int UNDER_WAY_MAX = 64;

  private static final Logger LOG = LoggerFactory.getLogger(RecentAnswers.class);

  private final Clock clock;
  private final Executor executor;

  /** By cluster; guarded by this. */
  private final Map<String, Recent> recent = new HashMap<>();

  /** Guarded by this. */
  private final Set<String> underWay = new HashSet<>();

  /**
   * With no answers yet.
   *
   * @param executor makes the calls, which block
   */
  RecentAnswers(Clock clock, Executor executor) {
    this.clock = clock;
    this.executor = executor;
  }

  /** Asks the gateways of a cluster for the partitions of its journal. */
  interface Question {
    JsonNode ask() throws GatewayException;
  }

  /** How a question went. */
  sealed interface Answer {}

  /** The partitions. */
  record Told(JsonNode partitions) implements Answer {}

  /** Nothing was told, for this reason. */
  record Failed(String why) implements Answer {}

  private record Recent(Instant at, Answer answer) {}

  /**
   * The answer of a moment ago; empty when it is not there yet, and to be asked for again soon.
   *
   * @param cluster its uid: one that is made anew under a name is another one
   * @param question is asked when there is no answer, and nobody asks already
   */
  synchronized Optional<Answer> of(String cluster, Question question) {
    Instant now = clock.instant();
    recent.values().removeIf(r -> !isFresh(r.at(), now));
    if (!recent.containsKey(cluster) && underWay.size() < UNDER_WAY_MAX && underWay.add(cluster)) {
      executor.execute(() -> ask(cluster, question));
    }
    return Optional.ofNullable(recent.get(cluster)).map(Recent::answer);
  }

  /** The machine's clock may have been set back since. */
  private static boolean isFresh(Instant at, Instant now) {
    return !now.isBefore(at) && now.isBefore(at.plus(FRESH));
  }

  private void ask(String cluster, Question question) {
    Answer answer = new Failed("the question was given up");
    try {
      answer = new Told(question.ask());
    } catch (GatewayException e) {
      answer = new Failed(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.warn("the partitions of a cluster cannot be asked for", e);
      answer = new Failed(Optional.ofNullable(e.getMessage()).orElse(e.toString()));
    } finally {
      remember(cluster, answer);
    }
  }

  private synchronized void remember(String cluster, Answer answer) {
    underWay.remove(cluster);
    recent.put(cluster, new Recent(clock.instant(), answer));
  }
}
