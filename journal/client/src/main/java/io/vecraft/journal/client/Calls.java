package io.vecraft.journal.client;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.StatusRuntimeException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Calls to a journal node, with the errors of this project instead of those of the transport. */
final class Calls {
  private Calls() {}

  /** The answer of a blocking call; {@code unavailable} when the transport failed. */
  static <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      throw error(e, ErrorCode.UNAVAILABLE);
    }
  }

  /**
   * The answer of a call that is under way.
   *
   * @param ifBroken the error when the transport failed, and it is not known what happened
   */
  static <T> CompletableFuture<T> future(ListenableFuture<T> call, ErrorCode ifBroken) {
    var answer = new CompletableFuture<T>();
    Futures.addCallback(
        call,
        new FutureCallback<T>() {
          @Override
          public void onSuccess(T value) {
            answer.complete(value);
          }

          @Override
          public void onFailure(Throwable e) {
            answer.completeExceptionally(error(e, ifBroken));
          }
        },
        MoreExecutors.directExecutor());
    return answer;
  }

  /** What the other side said, or {@code ifBroken}. */
  static VecraftException error(Throwable e, ErrorCode ifBroken) {
    return WireErrors.fromGrpc(e)
        .orElseGet(() -> new VecraftException(ifBroken, "the journal did not answer: " + e));
  }
}
