package io.vecraft.journal.rpc;

import io.grpc.ClientInterceptor;
import io.grpc.ServerInterceptor;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.instrumentation.grpc.v1_6.GrpcTelemetry;
import java.util.List;

/**
 * Spans of the calls between processes: one where a call is made and one where it is answered, the
 * second a child of the first by the W3C header {@code traceparent}. A call made by a thread with a
 * current span is a child of that span, so whoever hands work to another thread hands its {@code
 * Context} over. Immutable.
 *
 * @param telemetry where spans go
 * @param enabled whether there are any; calls cost nothing otherwise
 */
public record Tracing(OpenTelemetry telemetry, boolean enabled) {
  private static final Tracing NONE = new Tracing(OpenTelemetry.noop(), false);

  /** No spans. */
  public static Tracing none() {
    return NONE;
  }

  /** Spans that go there. */
  public static Tracing to(OpenTelemetry telemetry) {
    return new Tracing(telemetry, true);
  }

  /** For the side that is called. */
  List<ServerInterceptor> server() {
    return enabled ? List.of(GrpcTelemetry.create(telemetry).createServerInterceptor()) : List.of();
  }

  /** For the side that calls. */
  List<ClientInterceptor> client() {
    return enabled ? List.of(GrpcTelemetry.create(telemetry).createClientInterceptor()) : List.of();
  }
}
