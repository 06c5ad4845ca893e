package io.vecraft.storage.rpc;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;
import io.vecraft.journal.time.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all calls of an internal service have in common: a deadline, a limit on how many there are
 * at a time, and errors of the closed list. Safe for concurrent use.
 */
public final class RpcServerCalls {
  private static final Logger LOG = LoggerFactory.getLogger(RpcServerCalls.class);

  /**
   * An answer is due this much before the caller's deadline, so that it arrives before it: an error
   * that says what was waited for is worth more than that the time is over.
   */
  private static final long MARGIN_PART = 10;

  private static final long MARGIN_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);

  private final Duration longest;
  private final int callsMax;
  private final AtomicInteger calls = new AtomicInteger();

  /**
   * @param longest deadline of a call that brings none
   * @param callsMax calls at one time; those above it get {@code back_pressure}
   */
  public RpcServerCalls(Duration longest, int callsMax) {
    this.longest = longest;
    this.callsMax = callsMax;
  }

  /** Calls that are being answered. */
  public int inFlight() {
    return calls.get();
  }

  /** Answers one call on this thread. */
  public <T> void answer(StreamObserver<T> observer, Function<Deadline, T> call) {
    T value;
    if (calls.incrementAndGet() > callsMax) {
      calls.decrementAndGet();
      observer.onError(
          toGrpc(
              new VecraftException(
                  ErrorCode.BACK_PRESSURE, callsMax + " calls are under way, which is the limit")));
      return;
    }
    try {
      value = call.apply(deadline());
    } catch (RuntimeException e) {
      observer.onError(toGrpc(e));
      return;
    } finally {
      calls.decrementAndGet();
    }
    if (!cancelled()) {
      observer.onNext(value);
      observer.onCompleted();
    }
  }

  private Deadline deadline() {
    io.grpc.Deadline asked = Context.current().getDeadline();
    long nanos = longest.toNanos();
    if (asked != null) {
      long left = asked.timeRemaining(TimeUnit.NANOSECONDS);
      nanos = Math.min(nanos, left - Math.clamp(left / MARGIN_PART, 0, MARGIN_NANOS_MAX));
    }
    return new Deadline(System.nanoTime() + nanos);
  }

  /** Whether nobody waits any more for the answer of the call that this thread serves. */
  static boolean cancelled() {
    return Context.current().isCancelled();
  }

  static StatusRuntimeException toGrpc(RuntimeException error) {
    if (error instanceof VecraftException e) {
      return WireErrors.toGrpc(e);
    }
    if (!cancelled()) {
      LOG.error("an internal call failed", error);
    }
    return Status.INTERNAL.withDescription("the call failed; see the log").asRuntimeException();
  }
}
