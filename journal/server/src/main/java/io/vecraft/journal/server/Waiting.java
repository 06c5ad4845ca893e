package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for a future, not for ever. */
final class Waiting {
  private static final long TIMEOUT_MS = 5_000;

  private Waiting() {}

  /**
   * The future's value.
   *
   * @throws VecraftException its own, or {@code unavailable}
   */
  static <T> T of(CompletableFuture<T> future, String what) {
    try {
      return future.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof VecraftException v
          ? v
          : new VecraftException(ErrorCode.UNAVAILABLE, what + " failed: " + e.getCause());
    } catch (TimeoutException e) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, what + " takes too long");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, what + " was interrupted");
    }
  }
}
