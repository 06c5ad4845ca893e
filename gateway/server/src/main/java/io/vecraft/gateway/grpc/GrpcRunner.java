package io.vecraft.gateway.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Faults;
import io.vecraft.gateway.call.Traffic;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Runs the work of methods on the right thread and answers with its result or its error. */
final class GrpcRunner {
  private final Executor blocking;
  private final Traffic traffic;
  private final BooleanSupplier closing;
  private final long stallMs;

  GrpcRunner(Executor blocking, Traffic traffic, BooleanSupplier closing, Limits limits) {
    this.blocking = blocking;
    this.traffic = traffic;
    this.closing = closing;
    this.stallMs = limits.get(Limit.TAIL_STALL_MS);
  }

  /** A read; it may block. */
  <A> void read(StreamObserver<A> out, Function<GrpcCall, A> work) {
    GrpcCall call = GrpcCall.KEY.get();
    onOwnThread(call, () -> answer(call, out, work));
  }

  private void onOwnThread(GrpcCall call, Runnable work) {
    blocking.execute(call.trace().wrap(work));
  }

  /** A write; it may block, and when it fails in an unexpected way its outcome is unknown. */
  <A> void write(StreamObserver<A> out, Function<GrpcCall, A> work) {
    GrpcCall call = GrpcCall.KEY.get();
    onOwnThread(
        call,
        () -> {
          call.handsOver();
          answer(call, out, work);
        });
  }

  /** Work that decides on the connection's thread whether it may go on there. */
  <A> void staged(StreamObserver<A> out, Function<GrpcCall, Staged<A>> prepare) {
    GrpcCall call = GrpcCall.KEY.get();
    Staged<A> staged;
    try {
      staged = prepare.apply(call);
    } catch (Throwable e) {
      fail(call, out, e);
      return;
    }
    if (staged.atOnce()) {
      call.trace().wrap(() -> answer(call, out, c -> staged.run())).run();
    } else {
      onOwnThread(call, () -> answer(call, out, c -> staged.run()));
    }
  }

  /** Prepared work. */
  interface Staged<A> {
    boolean atOnce();

    A run();
  }

  private <A> void answer(GrpcCall call, StreamObserver<A> out, Function<GrpcCall, A> work) {
    A answer;
    try {
      answer = work.apply(call);
    } catch (Throwable e) {
      fail(call, out, e);
      return;
    }
    // The client may have gone meanwhile; then there is nobody to tell.
    if (!cancelled(out)) {
      out.onNext(answer);
      out.onCompleted();
    }
  }

  private <A> void fail(GrpcCall call, StreamObserver<A> out, Throwable e) {
    VecraftException told = Faults.of(e, call.mayHaveWritten(), call.call().requestId());
    traffic.error(told.code().code());
    call.failedAt(told.sessionStamp());
    if (!cancelled(out)) {
      out.onError(GrpcErrors.of(told, call.call().requestId()));
    }
  }

  private static boolean cancelled(StreamObserver<?> out) {
    return out instanceof ServerCallStreamObserver<?> server && server.isCancelled();
  }

  /** A stream of messages to one reader, who is waited for and cut off when stalled for long. */
  final class Sink<A> {
    private final ServerCallStreamObserver<A> out;
    private final Semaphore ready = new Semaphore(0);

    private Sink(ServerCallStreamObserver<A> out) {
      this.out = out;
      out.setOnReadyHandler(ready::release);
      out.setOnCancelHandler(ready::release);
    }

    /** Whether the reader is there and the server goes on. */
    boolean open() {
      return !out.isCancelled() && !closing.getAsBoolean();
    }

    /** Sends when the reader has taken what was sent before. */
    void send(A message) throws InterruptedException {
      while (!out.isReady()) {
        if (out.isCancelled()) {
          return;
        }
        if (!ready.tryAcquire(stallMs, TimeUnit.MILLISECONDS)) {
          throw new VecraftException(
              ErrorCode.BACK_PRESSURE,
              "nothing was read for %d ms (%s)".formatted(stallMs, Limit.TAIL_STALL_MS.flag()));
        }
      }
      out.onNext(message);
    }
  }

  /** What fills a stream. */
  @FunctionalInterface
  interface Source<A> {
    void fill(GrpcCall call, Sink<A> sink) throws InterruptedException;
  }

  /** A stream that is filled on a thread of its own. */
  <A> void stream(StreamObserver<A> out, Source<A> source) {
    GrpcCall call = GrpcCall.KEY.get();
    var sink = new Sink<>((ServerCallStreamObserver<A>) out);
    onOwnThread(
        call,
        () -> {
          try {
            source.fill(call, sink);
            if (!cancelled(out)) {
              out.onCompleted();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (Throwable e) {
            fail(call, out, e);
          }
        });
  }
}
