package io.vecraft.journal.client;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.Failure;
import io.vecraft.proto.journal.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A batch of appends on its way to whoever leads the partition. Appends that were refused because
 * the node does not lead, and those whose outcome is unknown and that have a request id, are sent
 * again: the partition remembers the id, so nothing is written twice. So are those that may be
 * written twice: openings of shards, fences and outcomes of transactions.
 *
 * <p>Invariant: an append whose outcome was unknown once is never reported as certainly not applied
 * because of who leads or can be reached; only a decision of the partition itself settles it.
 */
final class RoutedAppend {
  private final AppendBatchRequest request;
  private final AppendResult[] results;
  private final boolean[] unknown;
  private List<Integer> open = new ArrayList<>();

  private RoutedAppend(AppendBatchRequest request) {
    this.request = request;
    this.results = new AppendResult[request.getAppendsCount()];
    this.unknown = new boolean[results.length];
    for (int i = 0; i < results.length; i++) {
      open.add(i);
    }
  }

  static CompletableFuture<AppendBatchResponse> start(
      JournalNodes nodes, Leaders leaders, RetryPolicy policy, AppendBatchRequest request) {
    var routed = new RoutedAppend(request);
    Function<JournalApi, CompletableFuture<AppendBatchResponse>> attempt = routed::attempt;
    return RoutedCall.start(nodes, leaders, policy, request.getPartition(), attempt)
        .exceptionallyCompose(failure -> routed.endedBy(failure));
  }

  /** Sends what is open; fails when something of it wants another try. */
  private CompletableFuture<AppendBatchResponse> attempt(JournalApi node) {
    List<Integer> sent = open;
    var batch = AppendBatchRequest.newBuilder().setPartition(request.getPartition());
    sent.forEach(i -> batch.addAppends(request.getAppends(i)));
    return node.appendBatch(batch.build())
        .handle((answer, failure) -> failure == null ? taken(sent, answer) : broken(sent, failure));
  }

  private AppendBatchResponse taken(List<Integer> sent, AppendBatchResponse answer) {
    var again = new ArrayList<Integer>();
    VecraftException why = null;
    for (int n = 0; n < sent.size(); n++) {
      int i = sent.get(n);
      AppendResult result = answer.getResults(n);
      results[i] = result;
      if (result.hasFailure()) {
        ErrorCode code = ErrorCode.of(result.getFailure().getCode());
        unknown[i] |= !code.certainlyNotApplied();
        if (RetryPolicy.elsewhere(code) && mayRepeat(i, code)) {
          again.add(i);
          why = new VecraftException(code, result.getFailure().getMessage());
        }
      }
    }
    open = again;
    if (why != null) {
      throw why;
    }
    return response();
  }

  private AppendBatchResponse broken(List<Integer> sent, Throwable failure) {
    VecraftException error = RetryPolicy.error(failure, ErrorCode.OUTCOME_UNKNOWN);
    var again = new ArrayList<Integer>();
    for (int i : sent) {
      unknown[i] |= !error.code().certainlyNotApplied();
      results[i] = failed(error);
      if (mayRepeat(i, error.code())) {
        again.add(i);
      }
    }
    open = again;
    if (!again.isEmpty()) {
      throw error;
    }
    return response();
  }

  private boolean mayRepeat(int i, ErrorCode code) {
    Append append = request.getAppends(i);
    return code.certainlyNotApplied()
        || !append.getRequestId().isEmpty()
        || append.getOperationsList().stream().allMatch(RoutedAppend::isIdempotent);
  }

  /** Whether a second record of the same changes nothing. */
  private static boolean isIdempotent(Operation operation) {
    return switch (operation.getKindCase()) {
      case OPEN_SHARD, SEAL_SHARD, REMEMBER_REQUESTS, FENCE_COLLECTION, TRANSACTION_OUTCOME -> true;
      default -> false;
    };
  }

  /** No more tries: what is open stays as it is known. */
  private CompletableFuture<AppendBatchResponse> endedBy(Throwable failure) {
    VecraftException error = RetryPolicy.error(failure, ErrorCode.OUTCOME_UNKNOWN);
    boolean anyKnown = open.size() < results.length;
    boolean anyUnknown = open.stream().anyMatch(i -> unknown[i]);
    if (!anyKnown && !anyUnknown) {
      return CompletableFuture.failedFuture(error);
    }
    for (int i : open) {
      results[i] =
          failed(
              unknown[i]
                  ? new VecraftException(
                      ErrorCode.OUTCOME_UNKNOWN,
                      "the journal did not say in time what became of it: " + error.reason())
                  : error);
    }
    return CompletableFuture.completedFuture(response());
  }

  private static AppendResult failed(VecraftException error) {
    return AppendResult.newBuilder()
        .setFailure(
            Failure.newBuilder()
                .setCode(error.code().code())
                .setMessage(error.reason())
                .setField(error.field().orElse("")))
        .build();
  }

  private AppendBatchResponse response() {
    return AppendBatchResponse.newBuilder().addAllResults(List.of(results)).build();
  }
}
