package io.vecraft.operator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GatewayTest {
  private final HttpServer server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private volatile String answer = "{}";

  GatewayTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String body =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            asked.add(
                "%s %s %s".formatted(exchange.getRequestMethod(), exchange.getRequestURI(), body));
            byte[] text = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, text.length);
            exchange.getResponseBody().write(text);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Gateway gateway() {
    return new Gateway(
        Connections.plain(),
        "http://%s:%d"
            .formatted(server.getAddress().getHostString(), server.getAddress().getPort()),
        "key",
        "test");
  }

  @Test
  void aNodeIsToldWithABodyAndToStayWithNone() throws Exception {
    assertThat(gateway().leave("s-1")).isTrue();
    gateway().stay("s-1");
    assertThat(asked).containsExactly("PUT /v1/nodes/s-1/drain {}", "DELETE /v1/nodes/s-1/drain ");
  }

  @Test
  void aNodeThatNobodyKnowsCannotLeaveAndMayStay() throws Exception {
    status = 404;
    answer = "{\"error\":{\"code\":\"not_found\",\"message\":\"no node\",\"field\":\"node\"}}";
    assertThat(gateway().leave("s-1")).isFalse();
    gateway().stay("s-1");
  }

  @Test
  void gatewaysThatDoNotKnowThePathSayNothingOfANode() {
    status = 404;
    answer = "{\"error\":{\"code\":\"not_found\",\"message\":\"there is nothing\"}}";
    assertThatThrownBy(() -> gateway().leave("s-1")).isInstanceOf(GatewayException.class);
  }

  @Test
  void aRefusalIsNoAnswerForLater() {
    status = 409;
    answer = "{\"error\":{\"code\":\"conflict\",\"message\":\"too few\"}}";
    assertThatThrownBy(() -> gateway().leave("s-1"))
        .isInstanceOfSatisfying(GatewayException.class, e -> assertThat(e.isTransient()).isFalse())
        .hasMessage("too few [conflict]");
  }

  @Test
  void aRefusalNamesTheFieldThatItIsAbout() {
    status = 400;
    answer =
        "{\"error\":{\"code\":\"invalid_argument\",\"message\":\"is not allowed\",\"field\":\"embedding.url\"}}";
    assertThatThrownBy(() -> gateway().create("c", JsonNodeFactory.instance.objectNode()))
        .isInstanceOfSatisfying(
            GatewayException.class, e -> assertThat(e.field()).isEqualTo("embedding.url"))
        .hasMessage("is not allowed [invalid_argument: embedding.url]");
  }
}
