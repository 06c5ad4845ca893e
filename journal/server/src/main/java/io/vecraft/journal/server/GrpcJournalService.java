package io.vecraft.journal.server;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.api.JournalApi.TailListener;
import io.vecraft.journal.api.WireErrors;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link JournalApi} behind gRPC; for the internal port only.
 *
 * <p>The server should run calls on virtual threads: pulls and traces read files.
 */
public final class GrpcJournalService extends JournalServiceGrpc.JournalServiceImplBase {
  private static final Logger log = LoggerFactory.getLogger(GrpcJournalService.class);

  private final JournalApi journal;

  public GrpcJournalService(JournalApi journal) {
    this.journal = journal;
  }

  @Override
  public void appendBatch(
      AppendBatchRequest request, StreamObserver<AppendBatchResponse> observer) {
    answerLater(observer, () -> journal.appendBatch(request));
  }

  @Override
  public void getOffset(GetOffsetRequest request, StreamObserver<GetOffsetResponse> observer) {
    answerLater(observer, () -> journal.getOffset(request));
  }

  @Override
  public void pull(PullRequest request, StreamObserver<PullResponse> observer) {
    answer(observer, () -> journal.pull(request));
  }

  @Override
  public void trace(TraceRequest request, StreamObserver<TraceResponse> observer) {
    answer(observer, () -> journal.trace(request));
  }

  @Override
  public void findReuse(FindReuseRequest request, StreamObserver<FindReuseResponse> observer) {
    answer(observer, () -> journal.findReuse(request));
  }

  @Override
  public void findRemembered(
      FindRememberedRequest request, StreamObserver<FindRememberedResponse> observer) {
    answer(observer, () -> journal.findRemembered(request));
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
    answer(observer, journal::status);
  }

  @Override
  public void tail(TailRequest request, StreamObserver<PullResponse> observer) {
    var call = (ServerCallStreamObserver<PullResponse>) observer;
    // The tail's thread waits here until the transport can take a message.
    var ready = new Semaphore(0);
    call.setOnReadyHandler(ready::release);
    call.setOnCancelHandler(ready::release);
    try {
      JournalApi.Subscription subscription =
          journal.tail(
              request,
              new TailListener() {
                @Override
                public void onRecords(PullResponse batch) {
                  while (!call.isReady() && !call.isCancelled()) {
                    ready.acquireUninterruptibly();
                  }
                  if (!call.isCancelled()) {
                    call.onNext(batch);
                  }
                }

                @Override
                public void onEnd(Throwable cause) {
                  if (!call.isCancelled()) {
                    call.onError(toGrpc(cause));
                  }
                }
              });
      call.setOnCancelHandler(() -> {
        subscription.close();
        ready.release();
      });
      if (call.isCancelled()) {
        subscription.close();
      }
    } catch (RuntimeException e) {
      call.onError(toGrpc(e));
    }
  }

  private static <T> void answer(StreamObserver<T> observer, Supplier<T> call) {
    T value;
    try {
      value = call.get();
    } catch (RuntimeException e) {
      observer.onError(toGrpc(e));
      return;
    }
    observer.onNext(value);
    observer.onCompleted();
  }

  private static <T> void answerLater(
      StreamObserver<T> observer, Supplier<CompletableFuture<T>> call) {
    CompletableFuture<T> future;
    try {
      future = call.get();
    } catch (RuntimeException e) {
      observer.onError(toGrpc(e));
      return;
    }
    future.whenComplete((value, error) -> {
      if (error == null) {
        observer.onNext(value);
        observer.onCompleted();
      } else {
        observer.onError(toGrpc(error));
      }
    });
  }

  private static RuntimeException toGrpc(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    if (cause instanceof VecraftException e) {
      return WireErrors.toGrpc(e);
    }
    log.error("a call of the journal failed", cause);
    return Status.INTERNAL.withDescription(String.valueOf(cause)).asRuntimeException();
  }
}
