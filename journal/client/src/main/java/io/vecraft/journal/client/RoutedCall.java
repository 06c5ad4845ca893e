package io.vecraft.journal.client;

import io.opentelemetry.context.Context;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One call that only the leader of a partition answers, tried until somebody does or patience ends.
 *
 * <p>A node that says who leads is believed at once. Everybody else gets a try in turn; after a
 * round in which all have failed there is a pause.
 *
 * @param <T> the answer
 */
final class RoutedCall<T> {
  private final JournalNodes nodes;
  private final Leaders leaders;
  private final RetryPolicy policy;
  private final int partition;
  private final Function<JournalApi, CompletableFuture<T>> call;
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final long until;

  // Of the one try that is under way at a time.
  private Queue<String> round = new ArrayDeque<>();
  private int rounds;
  private VecraftException last =
      new VecraftException(ErrorCode.UNAVAILABLE, "no node of the journal is known");

  private RoutedCall(
      JournalNodes nodes,
      Leaders leaders,
      RetryPolicy policy,
      int partition,
      Function<JournalApi, CompletableFuture<T>> call) {
    this.nodes = nodes;
    this.leaders = leaders;
    this.policy = policy;
    this.partition = partition;
    this.call = call;
    this.until = System.nanoTime() + policy.patience().toNanos();
  }

  /** Starts the tries. The call must be repeatable: one that failed may have had its effect. */
  static <T> CompletableFuture<T> start(
      JournalNodes nodes,
      Leaders leaders,
      RetryPolicy policy,
      int partition,
      Function<JournalApi, CompletableFuture<T>> call) {
    var routed = new RoutedCall<>(nodes, leaders, policy, partition, call);
    routed.next();
    return routed.answer;
  }

  private void next() {
    Map<String, JournalApi> now = nodes.of(partition);
    for (String node = round.poll(); node != null; node = round.poll()) {
      JournalApi api = now.get(node);
      if (api != null) {
        attempt(node, api);
        return;
      }
    }
    pauseAndBeginRound(now);
  }

  private void pauseAndBeginRound(Map<String, JournalApi> now) {
    long pause = rounds == 0 ? 0 : policy.pauseNanos(rounds);
    if (rounds > 0 && System.nanoTime() + pause - until >= 0) {
      answer.completeExceptionally(lastForCaller());
      return;
    }
    rounds++;
    round = new ArrayDeque<>(leaders.order(partition, new ArrayList<>(now.keySet())));
    if (pause == 0 && !round.isEmpty()) {
      next();
      return;
    }
    CompletableFuture.delayedExecutor(pause, TimeUnit.NANOSECONDS)
        .execute(Context.current().wrap(this::next));
  }

  /** Who does not lead is nothing that a caller can use. */
  private VecraftException lastForCaller() {
    return last.code() == ErrorCode.NOT_LEADER
        ? new VecraftException(
            ErrorCode.UNAVAILABLE, "partition " + partition + " has no leader that answers")
        : last;
  }

  private void attempt(String node, JournalApi api) {
    CompletableFuture<T> sent;
    try {
      sent = call.apply(api);
    } catch (RuntimeException e) {
      sent = CompletableFuture.failedFuture(e);
    }
    sent.whenComplete((value, failure) -> {
      if (failure == null) {
        leaders.learn(partition, node);
        answer.complete(value);
        return;
      }
      VecraftException error = RetryPolicy.error(failure, ErrorCode.UNAVAILABLE);
      if (!RetryPolicy.elsewhere(error.code())) {
        answer.completeExceptionally(error);
        return;
      }
      last = error;
      redirect(node, error);
      next();
    });
  }

  /** Takes the hint of a node that does not lead. */
  private void redirect(String node, VecraftException error) {
    leaders.forget(partition, node);
    if (error.code() == ErrorCode.NOT_LEADER) {
      String hint = error.reason();
      if (!hint.equals(node) && nodes.of(partition).containsKey(hint) && round.remove(hint)) {
        var hinted = new ArrayDeque<String>();
        hinted.add(hint);
        hinted.addAll(round);
        round = hinted;
      }
    }
  }
}
