package io.vecraft.operator.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpsServerTest {
  private final OpsServer ops = OpsServer.start(0, new CollectorRegistry());
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    http.close();
    ops.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + ops.port() + path);
    return http.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build(),
        BodyHandlers.ofString());
  }

  @Test
  void itTellsWhenItIsReadyAndWhatIsCounted() throws Exception {
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    ops.ready(true);
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(get("/metrics").body()).contains("jvm_memory");
  }

  @Test
  void aCallerThatDoesNotEndItsRequestKeepsNobodyWaiting() throws Exception {
    try (var half = new Socket(InetAddress.getLoopbackAddress(), ops.port())) {
      half.getOutputStream().write("GET /metr".getBytes(StandardCharsets.US_ASCII));
      half.getOutputStream().flush();
      Thread.sleep(200);
      assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }
  }
}
