package io.vecraft.cluster;

import io.vecraft.gateway.metrics.Metrics;
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

/** Takes the time of appends that a journal node is asked for, until they are answered. */
final class TimedAppends implements JournalApi {
  private final JournalApi journal;
  private final Metrics.Observer seconds;

  TimedAppends(JournalApi journal, Metrics metrics) {
    this.journal = journal;
    seconds =
        metrics
            .timer(
                "vecraft_journal_append_seconds",
                "Time of a batch of appends from its receipt to its answer, failed ones too")
            .labels();
  }

  @Override
  public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
    long began = System.nanoTime();
    return journal
        .appendBatch(request)
        .whenComplete((answer, failure) -> seconds.observe(System.nanoTime() - began));
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
