package io.vecraft.gateway.call;

import com.linecorp.armeria.common.RequestHeaders;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vecraft.journal.rpc.Tracing;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One span for each request of a client, from its headers to its answer: a child of the client's
 * own span where the request has the W3C header {@code traceparent}. It carries the request id.
 * Safe for concurrent use.
 */
public final class RequestSpans {
  /** The id of the request, as in the answer, the log and the journal. */
  private static final AttributeKey<String> REQUEST_ID =
      AttributeKey.stringKey("vecraft.request_id");

  private static final AttributeKey<String> PRINCIPAL = AttributeKey.stringKey("vecraft.principal");
  private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
  private static final AttributeKey<Long> HTTP_STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> RPC_METHOD = AttributeKey.stringKey("rpc.method");
  private static final AttributeKey<Long> RPC_STATUS = AttributeKey.longKey("rpc.grpc.status_code");
  private static final String UNNAMED = "request";
  private static final int SERVER_ERROR = 500;
  private static final int HTTP_OK = 200;

  private final Tracing tracing;
  private final Tracer tracer;

  public RequestSpans(Tracing tracing) {
    this.tracing = tracing;
    this.tracer = tracing.telemetry().getTracer("io.vecraft.gateway");
  }

  /** The context of a request that has begun; work for it runs in this context. */
  public Context begin(RequestHeaders headers) {
    Context caller =
        tracing
            .telemetry()
            .getPropagators()
            .getTextMapPropagator()
            .extract(Context.root(), headers, Headers.READ);
    Span span =
        tracer.spanBuilder(UNNAMED).setParent(caller).setSpanKind(SpanKind.SERVER).startSpan();
    return caller.with(span);
  }

  /**
   * The request has ended.
   *
   * @param request the context that {@link #begin} gave
   * @param grpc whether {@code route} is a method and not a path
   * @param route template of the path or name of the method; the name of the span
   * @param status of HTTP, or a gRPC status in its place
   */
  void end(
      Context request, boolean grpc, String route, int status, String requestId, String principal) {
    Span span = Span.fromContext(request);
    if (!span.isRecording()) {
      return;
    }
    span.updateName(route);
    span.setAttribute(REQUEST_ID, requestId);
    if (!principal.isEmpty()) {
      span.setAttribute(PRINCIPAL, principal);
    }
    if (grpc) {
      span.setAttribute(RPC_METHOD, route);
      span.setAttribute(RPC_STATUS, status == HTTP_OK ? 0L : (long) status);
    } else {
      span.setAttribute(ROUTE, route);
      span.setAttribute(HTTP_STATUS, (long) status);
    }
    if (grpc ? status != HTTP_OK : status >= SERVER_ERROR) {
      span.setStatus(StatusCode.ERROR);
    }
    span.end();
  }

  private enum Headers implements TextMapGetter<RequestHeaders> {
    READ;

    @Override
    public Iterable<String> keys(RequestHeaders headers) {
      return headers.names().stream().map(CharSequence::toString).toList();
    }

    @Override
    public @Nullable String get(@Nullable RequestHeaders headers, String name) {
      return Objects.requireNonNull(headers).get(name);
    }
  }
}
