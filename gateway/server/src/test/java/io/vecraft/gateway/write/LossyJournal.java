package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.FindReuseResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TraceResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A journal behind a network that loses appends, or their answers, as the test says. */
final class LossyJournal implements JournalApi {
  /** What becomes of an append. */
  enum Fate {
    ARRIVES,
    REFUSED,
    ANSWER_LOST,
    ANSWER_UNKNOWN
  }

  private final JournalApi journal;
  private final Function<AppendBatchRequest, Fate> fates;

  LossyJournal(JournalApi journal, Function<AppendBatchRequest, Fate> fates) {
    this.journal = journal;
    this.fates = fates;
  }

  @Override
  public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
    return switch (fates.apply(request)) {
      case ARRIVES -> journal.appendBatch(request);
      case REFUSED ->
          CompletableFuture.failedFuture(
              new VecraftException(ErrorCode.UNAVAILABLE, "refused by the test"));
      case ANSWER_LOST -> {
        var unused = journal.appendBatch(request);
        yield new CompletableFuture<>();
      }
      case ANSWER_UNKNOWN ->
          journal
              .appendBatch(request)
              .thenCompose(answer -> CompletableFuture.failedFuture(new IllegalStateException()));
    };
  }

  @Override
  public CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request) {
    return journal.getOffset(request);
  }

  @Override
  public PullResponse pull(PullRequest request) {
    return journal.pull(request);
  }

  @Override
  public Subscription tail(TailRequest request, TailListener listener) {
    return journal.tail(request, listener);
  }

  @Override
  public TraceResponse trace(TraceRequest request) {
    return journal.trace(request);
  }

  @Override
  public FindReuseResponse findReuse(FindReuseRequest request) {
    return journal.findReuse(request);
  }

  @Override
  public FindRememberedResponse findRemembered(FindRememberedRequest request) {
    return journal.findRemembered(request);
  }

  @Override
  public StatusResponse status() {
    return journal.status();
  }
}
