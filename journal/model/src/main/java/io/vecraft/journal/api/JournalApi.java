package io.vecraft.journal.api;

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
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The operations of {@code JournalService}, with the same messages. In one process the journal
 * server itself implements it; across processes the journal client does over gRPC. Failures of a
 * call are {@link io.vecraft.error.VecraftException}s; failures of one append are in its result.
 *
 * <p>Safe for concurrent use. Futures may complete on the journal's own threads: a continuation
 * must not block.
 */
public interface JournalApi {

  CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request);

  CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request);

  /**
   * Does not wait for records that are not there yet. In one process it answers on the caller's
   * thread.
   */
  PullResponse pull(PullRequest request);

  /**
   * Several pulls, answered in their order: across processes at the same time, in one process one
   * after the other. Fails when one of them does.
   */
  default List<PullResponse> pullAll(List<PullRequest> requests) {
    return requests.stream().map(this::pull).toList();
  }

  /**
   * Calls {@code listener} for what is committed from the offset on, until the subscription is
   * closed.
   */
  Subscription tail(TailRequest request, TailListener listener);

  TraceResponse trace(TraceRequest request);

  /** Whether any partition remembers the principal's request id with another digest. */
  FindReuseResponse findReuse(FindReuseRequest request);

  /**
   * What a partition remembers of the requests to a shard, as far as the node that answers has its
   * log; a little at a time, the rest from {@code next_offset} on.
   */
  FindRememberedResponse findRemembered(FindRememberedRequest request);

  StatusResponse status();

  /** Receives a tail, one call at a time. It may block: the sender then waits (flow control). */
  interface TailListener {
    void onRecords(PullResponse batch);

    /** The tail has ended, by an error or because the journal closed. */
    void onEnd(Throwable cause);
  }

  /** Ends a tail; idempotent. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
