package io.vecraft.e2e.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** The REST interface of one server. Safe for concurrent use. */
public final class Rest implements AutoCloseable {
  public static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final HttpClient http;
  private final URI endpoint;
  private final Optional<String> apiKey;
  private final Optional<Duration> deadline;
  private final Duration patience;

  public Rest(URI endpoint) {
    this(endpoint, Optional.empty());
  }

  public Rest(URI endpoint, Optional<String> apiKey) {
    this(endpoint, apiKey, Optional.empty(), TIMEOUT);
  }

  /**
   * A client whose requests have a deadline.
   *
   * @param deadline that every request asks for
   * @param patience how long it waits for an answer
   */
  public Rest(URI endpoint, Optional<String> apiKey, Duration deadline, Duration patience) {
    this(endpoint, apiKey, Optional.of(deadline), patience);
  }

  private Rest(
      URI endpoint, Optional<String> apiKey, Optional<Duration> deadline, Duration patience) {
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience)
            .build();
    this.endpoint = endpoint;
    this.apiKey = apiKey;
    this.deadline = deadline;
    this.patience = patience;
  }

  /**
   * What the server answered.
   *
   * @param sessionToken of the answer; empty without one
   */
  public record Reply(int status, JsonNode body, String sessionToken) {
    /** The code of an error. */
    public String code() {
      return body.path("error").path("code").asText();
    }

    /** The body of an answer that is no error. */
    public JsonNode ok() {
      if (status / 100 != 2) {
        throw new AssertionError("answered " + this);
      }
      return body;
    }

    /** The instant that a read was answered as of. */
    public long asOf() {
      return ok().path("consistency_info").path("as_of").asLong();
    }
  }

  /**
   * Sends a request and waits.
   *
   * @param requestId empty for none
   * @param sessionToken empty for none
   * @param body empty for none
   * @throws IOException when no answer came
   */
  public Reply send(String method, String path, String requestId, String sessionToken, String body)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.resolve(path))
            .timeout(patience)
            .header("Content-Type", "application/json")
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    apiKey.ifPresent(key -> request.header("Authorization", "Bearer " + key));
    deadline.ifPresent(d -> request.header("X-Timeout-Ms", Long.toString(d.toMillis())));
    if (!requestId.isEmpty()) {
      request.header("X-Request-Id", requestId);
    }
    if (!sessionToken.isEmpty()) {
      request.header("X-Session-Token", sessionToken);
    }
    try {
      HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
      return new Reply(
          response.statusCode(),
          JSON.readTree(response.body()),
          response.headers().firstValue("X-Session-Token").orElse(""));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Sends a request outside of any session. */
  public Reply send(String method, String path, String requestId, String body) throws IOException {
    return send(method, path, requestId, "", body);
  }

  public Reply get(String path) throws IOException {
    return send("GET", path, "", "");
  }

  public Reply post(String path, JsonNode body) throws IOException {
    return send("POST", path, "", body.toString());
  }

  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  public static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
