package io.vecraft.journal.time;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/**
 * Rounds that callers share: at most one is under way; callers that come meanwhile are gathered in
 * the next one, which is sent when that one has ended. Nobody joins a round that has been sent: its
 * answers may be older than what the newcomer has seen.
 *
 * @param <T> what callers bring and what a round answers
 */
final class SharedRounds<T> {
  private final Function<T, CompletableFuture<T>> send;
  private boolean underway; // guarded by this
  private Optional<Gathering<T>> next = Optional.empty(); // guarded by this

  SharedRounds(Function<T, CompletableFuture<T>> send) {
    this.send = send;
  }

  private record Gathering<T>(T input, CompletableFuture<T> answer) {}

  /** The answer of a round that begins from now on, with {@code input} merged into its input. */
  CompletableFuture<T> join(T input, BinaryOperator<T> merge) {
    Gathering<T> mine;
    synchronized (this) {
      mine =
          next.map(g -> new Gathering<>(merge.apply(g.input(), input), g.answer()))
              .orElseGet(() -> new Gathering<>(input, new CompletableFuture<>()));
      if (underway) {
        next = Optional.of(mine);
        return mine.answer();
      }
      underway = true;
    }
    start(mine);
    return mine.answer();
  }

  private void start(Gathering<T> round) {
    var unused =
        send.apply(round.input())
            .whenComplete((answer, failure) -> {
              Optional<Gathering<T>> following;
              synchronized (this) {
                following = next;
                next = Optional.empty();
                underway = following.isPresent();
              }
              following.ifPresent(this::start);
              if (failure == null) {
                round.answer().complete(answer);
              } else {
                round.answer().completeExceptionally(unwrapped(failure));
              }
            });
  }

  private static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException e && e.getCause() != null
        ? e.getCause()
        : failure;
  }
}
