package io.vecraft.standalone.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** An HTTP server that answers as a test says and keeps what it was asked. */
final class FakeServer implements AutoCloseable {
  private final HttpServer http;
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private volatile Function<Request, Reply> handler = request -> ok("{}");

  record Request(String method, String path, String requestId, String level, String body) {}

  record Reply(int status, String body) {}

  static Reply ok(String body) {
    return new Reply(200, body);
  }

  static Reply error(int status, String code) {
    return new Reply(
        status,
        "{\"error\":{\"code\":\"%s\",\"message\":\"it is %s\",\"field\":\"k\",\"request_id\":\"r\"}}"
            .formatted(code, code));
  }

  FakeServer() throws IOException {
    http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext("/", this::handle);
    http.start();
  }

  void answer(Function<Request, Reply> with) {
    handler = with;
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
  }

  Api api(Duration patience) {
    return new Api(endpoint(), Optional.empty(), Duration.ofSeconds(10), patience);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Request request =
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Request-Id")).orElse(""),
              Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Consistency-Level"))
                  .orElse(""),
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      requests.add(request);
      Reply reply = handler.apply(request);
      if (reply.status() == 0) {
        // Ends the connection without an answer.
        return;
      }
      byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
