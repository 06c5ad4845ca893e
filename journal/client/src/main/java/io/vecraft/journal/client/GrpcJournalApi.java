package io.vecraft.journal.client;

import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.FindReuseResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.JournalServiceGrpc;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.StatusRequest;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TraceResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A journal in another process. The channel is the caller's: it must let messages of {@link
 * #MAX_MESSAGE_BYTES} in, and runs tail listeners on its executor, which they may block.
 *
 * <p>When the transport fails, an append is {@code outcome_unknown} (it may have arrived) and
 * everything else {@code unavailable}. Safe for concurrent use.
 */
public final class GrpcJournalApi implements JournalApi {
  /** The largest message that a journal sends: one append at its limit, and a pull beside it. */
  public static final int MAX_MESSAGE_BYTES = InternalChannels.MAX_MESSAGE_BYTES;

  private final Channel channel;
  private final Duration timeout;

  /**
   * A client of the journal behind a channel.
   *
   * @param timeout for one call, tails aside
   */
  public GrpcJournalApi(Channel channel, Duration timeout) {
    this.channel = OwnCalls.over(channel);
    this.timeout = timeout;
  }

  @Override
  public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
    return Calls.future(future().appendBatch(request), ErrorCode.OUTCOME_UNKNOWN);
  }

  @Override
  public CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request) {
    return Calls.future(future().getOffset(request), ErrorCode.UNAVAILABLE);
  }

  @Override
  public PullResponse pull(PullRequest request) {
    return Calls.call(() -> blocking().pull(request));
  }

  @Override
  public TraceResponse trace(TraceRequest request) {
    return Calls.call(() -> blocking().trace(request));
  }

  @Override
  public FindReuseResponse findReuse(FindReuseRequest request) {
    return Calls.call(() -> blocking().findReuse(request));
  }

  @Override
  public FindRememberedResponse findRemembered(FindRememberedRequest request) {
    return Calls.call(() -> blocking().findRemembered(request));
  }

  @Override
  public StatusResponse status() {
    return Calls.call(() -> blocking().status(StatusRequest.getDefaultInstance()));
  }

  @Override
  public Subscription tail(TailRequest request, TailListener listener) {
    var observer = new TailObserver(listener);
    JournalServiceGrpc.newStub(channel).tail(request, observer);
    return observer;
  }

  private JournalServiceGrpc.JournalServiceFutureStub future() {
    return JournalServiceGrpc.newFutureStub(channel)
        .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private JournalServiceGrpc.JournalServiceBlockingStub blocking() {
    return JournalServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Asks for one message at a time, so that a slow listener holds the sender back. */
  private static final class TailObserver
      implements ClientResponseObserver<TailRequest, PullResponse>, Subscription {
    private final TailListener listener;
    private final CompletableFuture<ClientCallStreamObserver<TailRequest>> call =
        new CompletableFuture<>();
    private final AtomicBoolean ended = new AtomicBoolean();

    TailObserver(TailListener listener) {
      this.listener = listener;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<TailRequest> stream) {
      stream.disableAutoRequestWithInitial(1);
      call.complete(stream);
    }

    @Override
    public void onNext(PullResponse batch) {
      if (!ended.get()) {
        listener.onRecords(batch);
        call.join().request(1);
      }
    }

    @Override
    public void onError(Throwable e) {
      end(Calls.error(e, ErrorCode.UNAVAILABLE));
    }

    @Override
    public void onCompleted() {
      end(new VecraftException(ErrorCode.UNAVAILABLE, "the journal ended the tail"));
    }

    private void end(Throwable cause) {
      if (ended.compareAndSet(false, true)) {
        listener.onEnd(cause);
      }
    }

    @Override
    public void close() {
      call.join().cancel("the tail was closed", null);
    }
  }
}
