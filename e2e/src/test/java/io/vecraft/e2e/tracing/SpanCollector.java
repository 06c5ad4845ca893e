package io.vecraft.e2e.tracing;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Takes spans over OTLP/HTTP, as a collector of OpenTelemetry does, and keeps them. */
final class SpanCollector implements AutoCloseable {
  private final HttpServer server;
  private final List<Seen> spans = new CopyOnWriteArrayList<>();

  /**
   * One span.
   *
   * @param service that sent it
   * @param parent id of the span that it is a part of, empty for none
   * @param attributes those that are texts
   */
  record Seen(
      String service,
      String name,
      String trace,
      String id,
      String parent,
      Map<String, String> attributes) {}

  SpanCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          take(ExportTraceServiceRequest.parseFrom(exchange.getRequestBody()));
          byte[] answer = ExportTraceServiceResponse.getDefaultInstance().toByteArray();
          exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
          exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The spans of a trace that have come so far. */
  List<Seen> of(String trace) {
    return spans.stream().filter(span -> span.trace.equals(trace)).toList();
  }

  /** The spans that have come so far and are a part of no other. */
  List<Seen> roots() {
    return spans.stream().filter(span -> span.parent.isEmpty()).toList();
  }

  private void take(ExportTraceServiceRequest request) {
    for (ResourceSpans process : request.getResourceSpansList()) {
      String service = texts(process.getResource().getAttributesList()).get("service.name");
      for (ScopeSpans scope : process.getScopeSpansList()) {
        for (Span span : scope.getSpansList()) {
          HexFormat hex = HexFormat.of();
          spans.add(
              new Seen(
                  service == null ? "" : service,
                  span.getName(),
                  hex.formatHex(span.getTraceId().toByteArray()),
                  hex.formatHex(span.getSpanId().toByteArray()),
                  hex.formatHex(span.getParentSpanId().toByteArray()),
                  texts(span.getAttributesList())));
        }
      }
    }
  }

  private static Map<String, String> texts(List<KeyValue> attributes) {
    return attributes.stream()
        .filter(a -> a.getValue().hasStringValue())
        .collect(Collectors.toMap(KeyValue::getKey, a -> a.getValue().getStringValue()));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
