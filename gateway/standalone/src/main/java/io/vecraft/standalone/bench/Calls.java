package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;

/** Calls of the REST API where time does not matter: what surrounds a measurement. */
final class Calls implements AutoCloseable {
  /**
   * Too busy, not ready, or the deadline passed: a replica that has much to replay needs longer.
   */
  private static final Set<Integer> PASSING = Set.of(429, 503, 504);

  private static final Duration PATIENCE = Duration.ofMinutes(30);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String endpoint;

  Calls(int port) {
    endpoint = "http://127.0.0.1:" + port;
  }

  JsonNode get(String path) {
    return send(HttpRequest.newBuilder(URI.create(endpoint + path)).GET(), path);
  }

  JsonNode put(String path, String body) {
    return send(
        HttpRequest.newBuilder(URI.create(endpoint + path))
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(body)),
        path);
  }

  JsonNode post(String path, String body, String level) {
    return send(
        HttpRequest.newBuilder(URI.create(endpoint + path))
            .header("Content-Type", "application/json")
            .header("X-Consistency-Level", level)
            .POST(HttpRequest.BodyPublishers.ofString(body)),
        path);
  }

  private JsonNode send(HttpRequest.Builder request, String path) {
    HttpRequest built = request.timeout(Duration.ofMinutes(2)).build();
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      HttpResponse<byte[]> response = once(built);
      while (PASSING.contains(response.statusCode()) && System.nanoTime() < end) {
        Thread.sleep(PAUSE);
        response = once(built);
      }
      JsonNode body = Report.JSON.readTree(response.body());
      if (response.statusCode() >= 400) {
        throw new IllegalStateException(path + ": " + response.statusCode() + " " + body);
      }
      return body;
    } catch (IOException e) {
      throw new IllegalStateException(path + ": no answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private HttpResponse<byte[]> once(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
