package io.vecraft.gateway.grpc;

import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.opentelemetry.context.Scope;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Call;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.Faults;
import io.vecraft.gateway.call.HeaderNames;
import io.vecraft.gateway.call.Services;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.journal.time.Deadline;
import java.util.concurrent.atomic.AtomicBoolean;

/** Makes the call of every method, refuses what may not pass, counts what ends. */
final class CallInterceptor implements ServerInterceptor {
  /** How long after its deadline a call that does not answer is answered for. */
  private static final long GRACE_MS = 1_000;

  private static final int HTTP_OK = 200;

  private final Services services;

  CallInterceptor(Services services) {
    this.services = services;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> server, Metadata metadata, ServerCallHandler<Q, A> next) {
    CallFactory calls = services.calls();
    ServiceRequestContext context = ServiceRequestContext.current();
    RequestHeaders headers = context.request().headers();
    String method = server.getMethodDescriptor().getFullMethodName();
    String requestId = "";
    boolean entered = false;
    io.opentelemetry.context.Context trace = services.traffic().began(headers);
    try (Scope _ = trace.makeCurrent()) {
      requestId = calls.requestId(headers).orElseGet(calls::newRequestId);
      services.traffic().inFlight().requests().enter(1);
      entered = true;
      boolean streaming = !server.getMethodDescriptor().getType().serverSendsOneMessage();
      long timeoutMs = timeout(context, headers, streaming);
      Call call = calls.call(headers, requestId, Deadline.afterMillis(timeoutMs));
      GrpcCall grpc = new GrpcCall(call, headers, method, trace);
      return Contexts.interceptCall(
          Context.current().withValue(GrpcCall.KEY, grpc),
          new Counted<>(server, grpc),
          metadata,
          next);
    } catch (Throwable e) {
      if (entered) {
        services.traffic().inFlight().requests().leave(1);
      }
      requestId = requestId.isEmpty() ? calls.newRequestId() : requestId;
      VecraftException told = Faults.of(e, false, requestId);
      services.traffic().error(told.code().code());
      services.traffic().ended(trace, "grpc", method, told.code().httpStatus(), requestId, "", 0);
      StatusRuntimeException status = GrpcErrors.of(told, requestId);
      Metadata trailers = status.getTrailers() == null ? new Metadata() : status.getTrailers();
      trailers.put(GrpcCall.REQUEST_ID, requestId);
      server.close(status.getStatus(), trailers);
      return new ServerCall.Listener<>() {};
    }
  }

  /** Milliseconds until the answer is due: what the client asks for, within our limit. */
  private long timeout(ServiceRequestContext context, RequestHeaders headers, boolean streaming) {
    long ms = services.calls().timeoutMs(headers);
    if (headers.contains("grpc-timeout") && context.requestTimeoutMillis() > 0) {
      // Asked for in both ways, the sooner counts.
      long most =
          headers.contains(HeaderNames.TIMEOUT_MS)
              ? ms
              : services.checks().limits().get(Limit.TIMEOUT_MS);
      ms = Math.min(context.requestTimeoutMillis(), most);
    } else if (streaming) {
      context.clearRequestTimeout();
    } else {
      context.setRequestTimeoutMillis(TimeoutMode.SET_FROM_NOW, ms + GRACE_MS);
    }
    return ms;
  }

  /** A call whose end is counted once, whether it is answered or broken off. */
  private final class Counted<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final GrpcCall grpc;
    private final AtomicBoolean ended = new AtomicBoolean();

    Counted(ServerCall<Q, A> server, GrpcCall grpc) {
      super(server);
      this.grpc = grpc;
      ServiceRequestContext.current().log().whenComplete().thenAccept(log -> end(0));
    }

    @Override
    public void sendHeaders(Metadata headers) {
      grpc.complete(headers);
      super.sendHeaders(headers);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (!status.isOk()) {
        trailers.discardAll(GrpcCall.REQUEST_ID);
        trailers.put(GrpcCall.REQUEST_ID, grpc.call().requestId());
        if (grpc.failedAt() > 0) {
          trailers.put(GrpcCall.SESSION_TOKEN, services.tokens().encode(grpc.failedAt()));
        }
      }
      end(status.getCode().value());
      super.close(status, trailers);
    }

    private void end(int status) {
      if (ended.getAndSet(true)) {
        return;
      }
      services.traffic().inFlight().requests().leave(1);
      services
          .traffic()
          .ended(
              grpc.trace(),
              "grpc",
              grpc.method(),
              status == 0 ? HTTP_OK : status,
              grpc.call().requestId(),
              grpc.call().principal().name(),
              grpc.nanos());
    }
  }
}
