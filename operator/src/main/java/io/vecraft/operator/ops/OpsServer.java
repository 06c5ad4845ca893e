package io.vecraft.operator.ops;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** Serves {@code /healthz}, {@code /readyz} and {@code /metrics}. Safe for concurrent use. */
public final class OpsServer implements AutoCloseable {
  private static final int TEXT_CHARS = 16_384;

  private final HttpServer server;
  private final CollectorRegistry metrics;
  private final AtomicBoolean ready = new AtomicBoolean();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private OpsServer(HttpServer server, CollectorRegistry metrics) {
    this.server = server;
    this.metrics = metrics;
  }

  /**
   * Serves on all addresses of the machine; not ready yet.
   *
   * @param metrics to which those of the Java runtime are added
   * @throws UncheckedIOException if the port is taken
   */
  public static OpsServer start(int port, CollectorRegistry metrics) {
    DefaultExports.register(metrics);
    try {
      var ops = new OpsServer(HttpServer.create(new InetSocketAddress(port), 0), metrics);
      // By itself it has one thread, which whoever sends half a request would keep from the others.
      ops.server.setExecutor(ops.threads);
      ops.server.createContext("/healthz", exchange -> answer(exchange, true));
      ops.server.createContext("/readyz", exchange -> answer(exchange, ops.ready.get()));
      ops.server.createContext("/metrics", ops::metrics);
      ops.server.start();
      return ops;
    } catch (IOException e) {
      throw new UncheckedIOException("health cannot be served on port " + port, e);
    }
  }

  /** Says whether it is ready. */
  public void ready(boolean now) {
    ready.set(now);
  }

  /** Where it serves. */
  public int port() {
    return server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, boolean well) throws IOException {
    send(exchange, well ? 200 : 503, "text/plain", well ? "ok\n" : "starting\n");
  }

  private void metrics(HttpExchange exchange) throws IOException {
    String type = TextFormat.chooseContentType(exchange.getRequestHeaders().getFirst("Accept"));
    var text = new StringWriter(TEXT_CHARS);
    TextFormat.writeFormat(type, text, metrics.metricFamilySamples());
    send(exchange, 200, type, text.toString());
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
