package io.vecraft.journal.client;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * How long and how often a call is tried on the nodes of a journal.
 *
 * @param patience no try begins later than this after the first; longer than an election takes
 * @param pauseMin pause after the first round of failed tries
 * @param pauseMax largest pause; pauses double
 */
public record RetryPolicy(Duration patience, Duration pauseMin, Duration pauseMax) {
  /** Outlives a fail-over with the default election timeout. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(Duration.ofSeconds(15), Duration.ofMillis(10), Duration.ofMillis(250));

  /** The pause before try {@code attempt}, from 1, in nanoseconds. */
  long pauseNanos(int attempt) {
    long doubled = pauseMin.toNanos() << Math.min(attempt - 1, 20);
    return Math.min(doubled, pauseMax.toNanos());
  }

  /** Whether another node, or this one later, may do what this one has not. */
  static boolean elsewhere(ErrorCode code) {
    return switch (code) {
      case NOT_LEADER, UNAVAILABLE, NOT_READY, OUTCOME_UNKNOWN, DEADLINE_EXCEEDED -> true;
      default -> false;
    };
  }

  /** The error behind a failed call. */
  static VecraftException error(Throwable failure, ErrorCode otherwise) {
    Throwable cause =
        (failure instanceof CompletionException || failure instanceof ExecutionException)
                && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof VecraftException known
        ? known
        : new VecraftException(otherwise, "the journal did not answer: " + cause);
  }
}
