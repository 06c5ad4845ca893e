package io.vecraft.e2e.sim;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Messages: delayed, mostly a little and now and then for long, overtaken, lost, sent twice. */
final class SimNetwork {
  private final SimLoop loop;
  private final Scenario.Messages messages;
  private boolean calm;

  SimNetwork(SimLoop loop, Scenario.Messages messages) {
    this.loop = loop;
    this.messages = messages;
  }

  /** What sends and receives; one that is dead does neither. */
  interface Endpoint {
    boolean alive();
  }

  /** From now on nothing is lost. */
  void calm() {
    calm = true;
  }

  /**
   * Calls another process. The future fails with {@code outcome_unknown} when no answer comes; it
   * never completes once the caller is dead.
   */
  <T> CompletableFuture<T> call(
      Endpoint from, Endpoint to, long timeout, Supplier<CompletableFuture<T>> work) {
    return call(from, to, timeout, messages.lost(), work);
  }

  /** The same for a stamp on its way to a member of the clock group. */
  <T> CompletableFuture<T> callToStore(
      Endpoint from, Endpoint to, long timeout, Supplier<CompletableFuture<T>> work) {
    return call(from, to, timeout, messages.storesLost(), work);
  }

  private <T> CompletableFuture<T> call(
      Endpoint from, Endpoint to, long timeout, double lost, Supplier<CompletableFuture<T>> work) {
    var answer = new CompletableFuture<T>();
    send(
        from,
        to,
        lost,
        () ->
            watch(
                started(work)
                    .whenComplete((value, error) ->
                        send(to, from, lost, () -> settle(answer, value, error)))));
    loop.after(
        timeout,
        () -> {
          if (from.alive()) {
            answer.completeExceptionally(
                new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "no answer"));
          }
        });
    return answer;
  }

  private static <T> CompletableFuture<T> started(Supplier<CompletableFuture<T>> work) {
    try {
      return work.get();
    } catch (VecraftException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void send(Endpoint from, Endpoint to, double lost, Runnable delivery) {
    boolean local = from == to;
    if (!from.alive() || !local && !calm && loop.chance(lost)) {
      return;
    }
    int copies = !local && loop.chance(messages.doubled()) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      loop.after(
          delay(local),
          () -> {
            if (to.alive()) {
              delivery.run();
            }
          });
    }
  }

  private long delay(boolean local) {
    if (local) {
      return loop.between(0, 2);
    }
    double kind = loop.random().nextDouble();
    if (kind < messages.slow()) {
      return loop.between(30, 150);
    }
    return kind < 0.8 ? loop.between(1, 5) : loop.between(5, 30);
  }

  private static <T> void settle(CompletableFuture<T> answer, T value, Throwable error) {
    if (error == null) {
      answer.complete(value);
    } else {
      answer.completeExceptionally(cause(error));
    }
  }

  /** Ends the run when a part of the program fails otherwise than with an error of the contract. */
  void watch(CompletableFuture<?> future) {
    var unused =
        future.whenComplete((value, error) -> {
          if (error != null && !(cause(error) instanceof VecraftException)) {
            loop.fail(cause(error));
          }
        });
  }

  static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
