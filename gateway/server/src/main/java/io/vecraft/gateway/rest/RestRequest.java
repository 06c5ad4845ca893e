package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseCompleteException;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Call;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.Faults;
import io.vecraft.gateway.call.HeaderNames;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.journal.time.Deadline;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request of the REST interface from its headers to its answer. Whatever happens, {@link #end}
 * runs once and gives back what the request held.
 */
final class RestRequest {
  /** Where the server's error handler finds the request. */
  static final AttributeKey<RestRequest> KEY = AttributeKey.valueOf(RestRequest.class, "request");

  /** How long after its deadline a request that does not answer is answered for. */
  private static final long GRACE_MS = 1_000;

  /** A larger body is no work for the thread that serves a connection. */
  private static final int INLINE_BYTES = 256 << 10;

  /** Status in logs and metrics of a stream that its reader broke off. */
  private static final int CLIENT_GONE = 499;

  private static final byte[] NO_BODY = new byte[0];

  private final RestService.Tools tools;
  private final ServiceRequestContext context;
  private final HttpRequest request;
  private final RequestHeaders headers;
  private final long start = System.nanoTime();
  private final Context trace;
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicBoolean entered = new AtomicBoolean();
  private String requestId = "";
  private String routeName = "none";
  private String principal = "";
  private boolean write;
  private Optional<Call> session = Optional.empty();
  private volatile boolean handlerBegan;

  RestRequest(RestService.Tools tools, ServiceRequestContext context, HttpRequest request) {
    this.tools = tools;
    this.context = context;
    this.request = request;
    this.headers = request.headers();
    this.trace = tools.traffic().began(headers);
  }

  HttpResponse serve(Router router) {
    context.setAttr(KEY, this);
    try (Scope _ = trace.makeCurrent()) {
      Optional<String> given = tools.calls().requestId(headers);
      requestId = given.orElseGet(tools.calls()::newRequestId);
      tools.traffic().inFlight().requests().enter(1);
      entered.set(true);
      return begin(router);
    } catch (Throwable e) {
      return failed(e);
    }
  }

  private HttpResponse begin(Router router) {
    String path = context.path();
    Router.Match match;
    try {
      match = router.match(context.method(), path);
    } catch (VecraftException e) {
      if (e.code() == ErrorCode.METHOD_NOT_ALLOWED) {
        return respond(
            ErrorBody.answer(e, requestId).header(HttpHeaderNames.ALLOW, router.allowed(path)),
            e.code());
      }
      throw e;
    }
    Route route = match.route();
    routeName = route.method() + " " + route.template();
    write = route.kind() == Route.Kind.WRITE;
    long timeoutMs = tools.calls().timeoutMs(headers);
    if (route.handler() instanceof Route.Handler.Streaming) {
      context.clearRequestTimeout();
    } else {
      context.setRequestTimeoutMillis(TimeoutMode.SET_FROM_NOW, timeoutMs + GRACE_MS);
    }
    Deadline deadline = Deadline.afterMillis(timeoutMs);
    Call call =
        route.kind() == Route.Kind.OPEN
            ? tools.calls().open(requestId, deadline)
            : tools.calls().call(headers, requestId, deadline);
    principal = call.principal().name();
    if (route.kind() != Route.Kind.OPEN) {
      session = Optional.of(call);
    }
    Exchange exchange =
        new Exchange(
            context, call, headers, match.parameters(), Exchange.query(route, context.query()));
    if (route.handler() instanceof Route.Handler.Streaming streaming) {
      return stream(streaming, exchange);
    }
    if (!route.hasBody()) {
      return run(route, exchange, NO_BODY);
    }
    checkMediaType();
    return HttpResponse.of(body().handle((body, e) -> withBody(route, exchange, body, e)));
  }

  private HttpResponse withBody(
      Route route,
      Exchange exchange,
      @Nullable AggregatedHttpRequest body,
      @Nullable Throwable failure) {
    if (failure != null || body == null) {
      return failed(failure == null ? new IllegalStateException("no body") : failure);
    }
    try (Scope _ = trace.makeCurrent()) {
      return run(route, exchange, body.content().array());
    } catch (Throwable e) {
      return failed(e);
    }
  }

  /** The whole body; its bytes are counted as long as the request runs. */
  private CompletableFuture<AggregatedHttpRequest> body() {
    long length = headers.contentLength();
    if (length > tools.limits().get(Limit.BODY_BYTES)) {
      throw tools.bodyTooLarge();
    }
    if (length >= 0) {
      hold(length);
      return request.aggregate();
    }
    return request.peekData(data -> hold(data.length())).aggregate();
  }

  private void hold(long bytes) {
    tools.traffic().inFlight().bytes().enter(bytes);
    heldBytes.addAndGet(bytes);
  }

  private void checkMediaType() {
    String encoding = CallFactory.value(headers, HttpHeaderNames.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new VecraftException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "a body without encoding is needed",
          "Content-Encoding");
    }
    if (CallFactory.value(headers, HttpHeaderNames.CONTENT_TYPE) == null) {
      return;
    }
    MediaType type = headers.contentType();
    boolean json =
        type != null
            && type.type().equals("application")
            && type.subtype().equals("json")
            && utf8(type);
    if (!json) {
      throw new VecraftException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "application/json in UTF-8 is needed", "Content-Type");
    }
  }

  private static boolean utf8(MediaType type) {
    try {
      Charset charset = type.charset(StandardCharsets.UTF_8);
      return charset.equals(StandardCharsets.UTF_8) || charset.equals(StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private HttpResponse run(Route route, Exchange exchange, byte[] body) {
    return switch (route.handler()) {
      case Route.Handler.Blocking handler -> onOwnThread(() -> handler.answer(exchange, body));
      case Route.Handler.Staged handler -> staged(handler, exchange, body);
      case Route.Handler.Streaming _ -> throw new IllegalStateException("has no body");
    };
  }

  private HttpResponse staged(Route.Handler.Staged handler, Exchange exchange, byte[] body) {
    if (body.length > INLINE_BYTES) {
      return onOwnThread(() -> handler.prepare(exchange, body).run());
    }
    try {
      Route.Prepared prepared = handler.prepare(exchange, body);
      return prepared.atOnce() ? respond(prepared.run()) : onOwnThread(prepared::run);
    } catch (Throwable e) {
      return failed(e);
    }
  }

  private HttpResponse onOwnThread(Supplier<Answer> handler) {
    var response = new CompletableFuture<HttpResponse>();
    tools
        .blocking()
        .execute(() -> {
          handlerBegan = true;
          try {
            response.complete(respond(handler.get()));
          } catch (Throwable e) {
            response.complete(failed(e));
          }
        });
    return HttpResponse.of(response);
  }

  private HttpResponse stream(Route.Handler.Streaming handler, Exchange exchange) {
    var response = new CompletableFuture<HttpResponse>();
    tools
        .blocking()
        .execute(() -> {
          try {
            HttpResponse stream = handler.open(exchange);
            stream.whenComplete().whenComplete((ok, e) -> end(e == null ? 200 : CLIENT_GONE));
            response.complete(stream.mapHeaders(this::inSession));
          } catch (Throwable e) {
            response.complete(failed(e));
          }
        });
    return HttpResponse.of(response);
  }

  private ResponseHeaders inSession(ResponseHeaders answer) {
    return session
        .map(call ->
            answer.toBuilder()
                .set(HeaderNames.SESSION_TOKEN, tools.calls().sessionToken(call))
                .build())
        .orElse(answer);
  }

  private HttpResponse respond(Answer answer) {
    answer.header(HeaderNames.REQUEST_ID, requestId);
    if (answer.status() < HttpStatus.BAD_REQUEST.code()) {
      // A read of what no stamp belongs to leaves the session where it is.
      session.ifPresent(call ->
          answer.headerIfAbsent(HeaderNames.SESSION_TOKEN, () -> tools.calls().sessionToken(call)));
    }
    end(answer.status());
    return answer.response();
  }

  private HttpResponse respond(Answer answer, ErrorCode code) {
    tools.traffic().error(code.code());
    return respond(answer);
  }

  private HttpResponse failed(Throwable thrown) {
    if (requestId.isEmpty()) {
      // The error of a bad request id has an id of its own.
      requestId = tools.calls().newRequestId();
    }
    VecraftException e = told(thrown);
    Answer answer = ErrorBody.answer(e, requestId);
    if (e.sessionStamp() > 0) {
      answer.header(HeaderNames.SESSION_TOKEN, tools.calls().sessionToken(e.sessionStamp()));
    }
    return respond(answer, e.code());
  }

  private VecraftException told(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ContentTooLargeException) {
        return tools.bodyTooLarge();
      }
      if (cause instanceof HttpStatusException e && e.httpStatus().isClientError()) {
        return new VecraftException(ErrorCode.INVALID_ARGUMENT, "the body is not valid HTTP");
      }
      if (Exceptions.isStreamCancelling(cause) || cause instanceof ResponseCompleteException) {
        // Nobody is there to be told any more, and nothing has begun.
        return new VecraftException(ErrorCode.UNAVAILABLE, "the request was broken off");
      }
    }
    return Faults.of(thrown, write && handlerBegan, requestId);
  }

  /** The answer of a request that ran out of time without an answer of its own. */
  Answer overdue() {
    ErrorCode code =
        write && handlerBegan ? ErrorCode.OUTCOME_UNKNOWN : ErrorCode.DEADLINE_EXCEEDED;
    tools.traffic().error(code.code());
    return ErrorBody.answer(
            new VecraftException(
                code,
                code == ErrorCode.OUTCOME_UNKNOWN
                    ? "no answer in time; retry with the same request id to learn the outcome"
                    : "no answer in time"),
            requestId)
        .header(HeaderNames.REQUEST_ID, requestId);
  }

  /** The id of the request, for errors that are answered elsewhere. */
  Optional<String> requestId() {
    return requestId.isEmpty() ? Optional.empty() : Optional.of(requestId);
  }

  private void end(int status) {
    tools.traffic().inFlight().bytes().leave(heldBytes.getAndSet(0));
    if (entered.getAndSet(false)) {
      tools.traffic().inFlight().requests().leave(1);
    }
    tools
        .traffic()
        .ended(trace, "http", routeName, status, requestId, principal, System.nanoTime() - start);
  }
}
