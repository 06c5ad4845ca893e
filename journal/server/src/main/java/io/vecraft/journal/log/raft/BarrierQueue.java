package io.vecraft.journal.log.raft;

import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.raft.Replica.Applied;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Barriers of one log. One entry at a time is under way for them; who comes meanwhile waits and
 * shares the next, which is proposed after he came. Safe for concurrent use.
 */
final class BarrierQueue {
  private final Function<Command, CompletableFuture<Applied>> propose;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by the lock.
  private List<CompletableFuture<Position>> waiting = new ArrayList<>();
  private long closeAtLeast;
  private boolean underWay;

  BarrierQueue(Function<Command, CompletableFuture<Applied>> propose) {
    this.propose = propose;
  }

  CompletableFuture<Position> add(long stamp) {
    var answer = new CompletableFuture<Position>();
    lock.lock();
    try {
      waiting.add(answer);
      closeAtLeast = Math.max(closeAtLeast, stamp);
      if (underWay) {
        return answer;
      }
      underWay = true;
    } finally {
      lock.unlock();
    }
    pump();
    return answer;
  }

  /** Proposes for those who wait, until nobody does or an entry is under way. */
  private void pump() {
    while (true) {
      List<CompletableFuture<Position>> sharing;
      long stamp;
      lock.lock();
      try {
        if (waiting.isEmpty()) {
          underWay = false;
          return;
        }
        sharing = waiting;
        waiting = new ArrayList<>();
        stamp = closeAtLeast;
        closeAtLeast = 0;
      } finally {
        lock.unlock();
      }
      CompletableFuture<Applied> entry = propose.apply(new Command.Close(stamp));
      if (!entry.isDone()) {
        entry.whenComplete((applied, error) -> {
          answer(sharing, entry);
          pump();
        });
        return;
      }
      answer(sharing, entry);
    }
  }

  private static void answer(
      List<CompletableFuture<Position>> sharing, CompletableFuture<Applied> entry) {
    for (CompletableFuture<Position> one : sharing) {
      if (entry.isCompletedExceptionally()) {
        Throwable error = entry.exceptionNow();
        one.completeExceptionally(
            error instanceof CompletionException && error.getCause() != null
                ? error.getCause()
                : error);
      } else {
        one.complete(entry.resultNow().position());
      }
    }
  }
}
