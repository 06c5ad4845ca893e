package io.vecraft.gateway.call;

import com.linecorp.armeria.common.RequestHeaders;
import io.opentelemetry.context.Context;
import io.vecraft.gateway.limits.InFlight;
import io.vecraft.gateway.metrics.Metrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Counts, traces and logs requests of both protocols: a histogram of times by route, errors by
 * code, a span where spans are wanted, and one line for each that failed on our side or was slow.
 * Safe for concurrent use.
 */
public final class Traffic {
  private static final Logger LOG = LoggerFactory.getLogger("io.vecraft.request");
  private static final long SLOW_MS = 1_000;
  private static final int SERVER_ERROR = 500;

  private final Metrics.Timer seconds;
  private final Metrics.Counter errors;
  private final Map<Key, Metrics.Observer> observers = new ConcurrentHashMap<>();
  private final InFlight inFlight;
  private final RequestSpans spans;

  private record Key(String protocol, String route, int status) {}

  public Traffic(Metrics metrics, InFlight inFlight, RequestSpans spans) {
    this.inFlight = inFlight;
    this.spans = spans;
    seconds =
        metrics.timer(
            "vecraft_gateway_request_seconds",
            "Time of a request from its headers to its answer",
            "protocol",
            "route",
            "status");
    errors = metrics.counter("vecraft_gateway_errors_total", "Errors told to clients", "code");
    metrics.gauge(
        "vecraft_gateway_in_flight_requests",
        "Requests that have begun and not ended",
        () -> inFlight.requests().taken());
    metrics.gauge(
        "vecraft_gateway_in_flight_bytes",
        "Bytes of request bodies that are held",
        () -> inFlight.bytes().taken());
    metrics.gauge(
        "vecraft_gateway_subscriptions",
        "Tails and watches that are open",
        () -> inFlight.subscriptions().taken());
  }

  public InFlight inFlight() {
    return inFlight;
  }

  /** A request has come; work for it runs in the context that is given here. */
  public Context began(RequestHeaders headers) {
    return spans.begin(headers);
  }

  /** An error was told. */
  public void error(String code) {
    errors.labels(code).run();
  }

  /**
   * A request has ended.
   *
   * @param request the context that {@link #began} gave
   * @param protocol {@code http} or {@code grpc}
   * @param route template of the path or name of the method; bounded
   * @param status of HTTP
   * @param requestId given or made
   * @param principal who called, empty when unknown
   */
  public void ended(
      Context request,
      String protocol,
      String route,
      int status,
      String requestId,
      String principal,
      long nanos) {
    spans.end(request, protocol.equals("grpc"), route, status, requestId, principal);
    observers
        .computeIfAbsent(
            new Key(protocol, route, status),
            k -> seconds.labels(k.protocol, k.route, Integer.toString(k.status)))
        .observe(nanos);
    long ms = TimeUnit.NANOSECONDS.toMillis(nanos);
    Level level = status >= SERVER_ERROR ? Level.WARN : ms >= SLOW_MS ? Level.INFO : Level.DEBUG;
    if (LOG.isEnabledForLevel(level)) {
      LOG.atLevel(level)
          .addKeyValue("request_id", requestId)
          .addKeyValue("principal", principal)
          .addKeyValue("protocol", protocol)
          .addKeyValue("route", route)
          .addKeyValue("status", status)
          .addKeyValue("took_us", TimeUnit.NANOSECONDS.toMicros(nanos))
          .log("request {}", requestId);
    }
  }
}
