package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for futures of reads, which leave nothing behind when they fail. */
final class Waits {
  private Waits() {}

  /** The future's value; {@code deadline_exceeded} when it does not come in time. */
  static <T> T await(CompletableFuture<T> future, Deadline deadline, String what) {
    try {
      return future.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new VecraftException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while waiting for " + what);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting for " + what);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof VecraftException known) {
        throw known;
      }
      throw new VecraftException(ErrorCode.UNAVAILABLE, what + " failed: " + e.getCause());
    }
  }
}
