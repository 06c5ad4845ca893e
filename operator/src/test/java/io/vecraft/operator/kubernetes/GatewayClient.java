package io.vecraft.operator.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;

/** Calls the gateways of a cluster from outside, with its first key, over HTTP or HTTPS. */
final class GatewayClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http;
  private final String scheme;
  private final LocalPortForward forward;
  private final String key;
  private String session = "";

  private GatewayClient(HttpClient http, String scheme, LocalPortForward forward, Secret key) {
    this.http = http;
    this.scheme = scheme;
    this.forward = forward;
    this.key =
        new String(Base64.getDecoder().decode(key.getData().get("key")), StandardCharsets.UTF_8);
  }

  /** Gateways that speak HTTP. */
  static GatewayClient http(LocalPortForward forward, Secret key) {
    return new GatewayClient(HttpClient.newHttpClient(), "http", forward, key);
  }

  /**
   * Gateways that speak HTTPS.
   *
   * @param shown has their certificate, good for {@code localhost}, and its authority
   */
  static GatewayClient https(LocalPortForward forward, Secret key, Secret shown)
      throws GeneralSecurityException, IOException {
    HttpClient http = HttpClient.newBuilder().sslContext(ShownCertificate.trusting(shown)).build();
    return new GatewayClient(http, "https", forward, key);
  }

  /** Runs a program that finds the gateways and the key in its environment. */
  int run(Path program) throws IOException, InterruptedException {
    var builder = new ProcessBuilder(program.toString()).redirectErrorStream(true);
    builder.environment().put("VECRAFT_ENDPOINT", endpoint());
    builder.environment().put("VECRAFT_API_KEY", key);
    Process process = builder.start();
    process.getInputStream().transferTo(System.out);
    return process.waitFor();
  }

  private String endpoint() {
    // By a name that a certificate can be good for.
    return scheme + "://localhost:" + forward.getLocalPort();
  }

  /** What a gateway answered. */
  record Answer(int status, JsonNode body) {}

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, "");
  }

  Answer post(String path, String body) throws IOException, InterruptedException {
    return send("POST", path, body);
  }

  Answer send(String method, String path, String body) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(endpoint() + path))
            .version(HttpClient.Version.HTTP_1_1)
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!session.isEmpty()) {
      request.header("X-Session-Token", session);
    }
    HttpResponse<byte[]> response = exchange(request.build());
    session = response.headers().firstValue("X-Session-Token").orElse(session);
    return new Answer(response.statusCode(), JSON.readTree(response.body()));
  }

  /** Once more where a connection ends without an answer: the gateway closes those that idle. */
  private HttpResponse<byte[]> exchange(HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }
  }

  @Override
  public void close() throws IOException {
    forward.close();
  }
}
