package io.vecraft.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.server.Server;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.journal.rpc.HostAndPort;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Health and metrics of a process that has no public interface: {@code /healthz} answers while the
 * process lives, {@code /readyz} says what keeps it from its work, {@code /metrics} is for
 * Prometheus. It tells nothing that needs a key.
 */
final class OpsServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CONNECTIONS = 100;

  private final Server server;

  private OpsServer(Server server) {
    this.server = server;
  }

  /** Something more that a process tells, as JSON. */
  record Page(String path, Supplier<String> json) {}

  static OpsServer start(HostAndPort listen, Health health, Metrics metrics, List<Page> pages) {
    var builder =
        Server.builder()
            .port(listen.toSocketAddress(), SessionProtocol.HTTP)
            .maxNumConnections(CONNECTIONS)
            .gracefulShutdownTimeout(Duration.ZERO, Duration.ZERO)
            .disableServerHeader()
            .service("/healthz", (context, request) -> HttpResponse.of("ok\n"))
            .service(
                "/readyz",
                (context, request) ->
                    HttpResponse.of(() -> ready(health.failures()), context.blockingTaskExecutor()))
            .service(
                "/metrics",
                (context, request) -> {
                  String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
                  return HttpResponse.of(
                      () -> metrics(metrics, accept), context.blockingTaskExecutor());
                });
    for (Page page : pages) {
      builder.service(
          page.path(),
          (context, request) ->
              HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, page.json().get()));
    }
    Server server = builder.build();
    server.start().join();
    return new OpsServer(server);
  }

  private static HttpResponse ready(List<Health.Failure> failures) {
    ObjectNode answer = JSON.createObjectNode().put("ready", failures.isEmpty());
    ObjectNode problems = answer.putObject("problems");
    failures.forEach(f -> problems.put(f.name(), f.problem()));
    return HttpResponse.of(
        failures.isEmpty() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
        MediaType.JSON_UTF_8,
        answer.toString());
  }

  private static HttpResponse metrics(Metrics metrics, String accept) {
    String type = Metrics.contentType(accept);
    return HttpResponse.of(
        HttpStatus.OK, MediaType.parse(type), HttpData.ofUtf8(metrics.text(type)));
  }

  int port() {
    return Objects.requireNonNull(server.activePort()).localAddress().getPort();
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
