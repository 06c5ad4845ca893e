package io.vecraft.journal.rpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.instrumentation.grpc.v1_6.GrpcTelemetry;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Spans of the calls between processes: one where a call is made and one where it is answered, the
 * second a child of the first by the W3C header {@code traceparent}. A call made by a thread with a
 * current span is a child of that span, so whoever hands work to another thread hands its {@code
 * Context} over. A call that no request asked for (a tail, a watch, a ping) has no span: each would
 * be a trace of its own, and together they would drown those of the requests. Immutable.
 *
 * @param telemetry where spans go
 */
public record Tracing(OpenTelemetry telemetry) {
  private static final Tracing NONE = new Tracing(OpenTelemetry.noop());

  /** No spans; calls cost nothing more. */
  public static Tracing none() {
    return NONE;
  }

  /** Spans that go there. */
  public static Tracing to(OpenTelemetry telemetry) {
    return new Tracing(telemetry);
  }

  /** For the side that is called. */
  List<ServerInterceptor> server() {
    if (equals(NONE)) {
      return List.of();
    }
    Set<Metadata.Key<String>> parents =
        telemetry.getPropagators().getTextMapPropagator().fields().stream()
            .map(field -> Metadata.Key.of(field, Metadata.ASCII_STRING_MARSHALLER))
            .collect(Collectors.toUnmodifiableSet());
    return List.of(
        new OfTracedCallers(GrpcTelemetry.create(telemetry).createServerInterceptor(), parents));
  }

  /** For the side that calls. */
  List<ClientInterceptor> client() {
    return equals(NONE)
        ? List.of()
        : List.of(new BelowSpans(GrpcTelemetry.create(telemetry).createClientInterceptor()));
  }

  private record BelowSpans(ClientInterceptor spans) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      return Span.current().getSpanContext().isValid()
          ? spans.interceptCall(method, options, next)
          : next.newCall(method, options);
    }
  }

  private record OfTracedCallers(ServerInterceptor spans, Set<Metadata.Key<String>> parents)
      implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      return parents.stream().anyMatch(headers::containsKey)
          ? spans.interceptCall(call, headers, next)
          : next.startCall(call, headers);
    }
  }
}
