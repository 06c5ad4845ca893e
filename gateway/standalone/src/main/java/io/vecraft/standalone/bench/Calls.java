package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Calls of the REST API where time does not matter: what surrounds a measurement. */
final class Calls implements AutoCloseable {
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
    try {
      HttpResponse<byte[]> response =
          http.send(
              request.timeout(Duration.ofMinutes(2)).build(),
              HttpResponse.BodyHandlers.ofByteArray());
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

  @Override
  public void close() {
    http.shutdownNow();
  }
}
