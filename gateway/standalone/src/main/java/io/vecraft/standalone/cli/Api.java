package io.vecraft.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A client of the REST API. A call that fails for a reason that may pass is sent again with the
 * same request id, so that a write happens once however often its answer is lost. Safe for use by
 * many threads.
 */
final class Api implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** Errors that a second try may overcome; others with the same status will not go away. */
  private static final Set<String> PASSING =
      Set.of(
          "unavailable",
          "not_ready",
          "outcome_unknown",
          "deadline_exceeded",
          "rate_limited",
          "back_pressure",
          "embedding_unavailable");

  private final HttpClient http;
  private final URI endpoint;
  private final Optional<String> apiKey;
  private final Duration timeout;
  private final Duration patience;

  /**
   * @param timeout of one try
   * @param patience how long failed tries are repeated before the failure is reported
   */
  Api(URI endpoint, Optional<String> apiKey, Duration timeout, Duration patience) {
    this.endpoint = endpoint;
    this.apiKey = apiKey;
    this.timeout = timeout;
    this.patience = patience;
    // HTTP/1.1: an upgrade to HTTP/2 would cost every short command a round trip.
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
  }

  /** One call: {@code path} is everything after the endpoint, already encoded. */
  record Call(String method, String path, byte[] body, Map<String, String> headers) {
    static Call of(String method, String path) {
      return new Call(method, path, new byte[0], Map.of());
    }

    Call body(JsonNode json) {
      try {
        return new Call(method, path, JSON.writeValueAsBytes(json), headers);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("not writable as JSON", e);
      }
    }

    Call bytes(byte[] json) {
      return new Call(method, path, json, headers);
    }

    Call header(String name, String value) {
      Map<String, String> more = new HashMap<>(headers);
      more.put(name, value);
      return new Call(method, path, body, Map.copyOf(more));
    }

    Call requestId(String id) {
      return header("X-Request-Id", id);
    }
  }

  /** An answer below 400. */
  record Answer(int status, JsonNode body, HttpHeaders headers) {}

  URI endpoint() {
    return endpoint;
  }

  /** One segment of a path or one value of a query, encoded. */
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  JsonNode get(String path) {
    return send(Call.of("GET", path)).body();
  }

  JsonNode post(String path, JsonNode body) {
    return send(Call.of("POST", path).body(body)).body();
  }

  /**
   * Sends the call, again and again while the failure may pass and patience lasts.
   *
   * @throws ApiException for every answer of 400 and above, and when no answer comes
   */
  Answer send(Call call) {
    String requestId = call.headers().getOrDefault("X-Request-Id", UUID.randomUUID().toString());
    HttpRequest request = request(call.requestId(requestId));
    long until = System.nanoTime() + patience.toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      ApiException failure;
      Duration atLeast = Duration.ZERO;
      try {
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() < 400) {
          return new Answer(response.statusCode(), parse(response.body()), response.headers());
        }
        failure = refused(response.statusCode(), response.body(), requestId);
        if (!PASSING.contains(failure.code())) {
          throw failure;
        }
        atLeast = retryAfter(response.headers());
      } catch (IOException e) {
        failure = unreachable(e, requestId);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ApiException(0, "interrupted", "interrupted", "", requestId);
      }
      Duration wait = longer(atLeast, jittered(pause));
      if (System.nanoTime() + wait.toNanos() > until) {
        throw failure;
      }
      sleep(wait);
      pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
    }
  }

  /** One try, its answer whatever its status; for checks that expect failures. */
  int probe(String path) throws IOException, InterruptedException {
    return http.send(request(Call.of("GET", path)), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /** Opens a stream of server-sent events; the caller closes it. */
  InputStream stream(String path, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(endpoint + path)).header("Accept", "text/event-stream");
    apiKey.ifPresent(key -> request.header("Authorization", "Bearer " + key));
    headers.forEach(request::header);
    try {
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      if (response.statusCode() >= 400) {
        try (InputStream body = response.body()) {
          throw refused(response.statusCode(), body.readAllBytes(), "");
        }
      }
      return response.body();
    } catch (IOException e) {
      throw unreachable(e, "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiException(0, "interrupted", "interrupted", "", "");
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private HttpRequest request(Call call) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(endpoint + call.path())).timeout(timeout);
    if (call.body().length > 0) {
      request.header("Content-Type", "application/json");
      request.method(call.method(), HttpRequest.BodyPublishers.ofByteArray(call.body()));
    } else {
      request.method(call.method(), HttpRequest.BodyPublishers.noBody());
    }
    apiKey.ifPresent(key -> request.header("Authorization", "Bearer " + key));
    call.headers().forEach(request::header);
    return request.build();
  }

  private static JsonNode parse(byte[] body) {
    try {
      return body.length == 0 ? MissingNode.getInstance() : JSON.readTree(body);
    } catch (IOException e) {
      // Metrics and other plain text answers.
      return JSON.getNodeFactory().textNode(new String(body, StandardCharsets.UTF_8));
    }
  }

  private static ApiException refused(int status, byte[] body, String requestId) {
    JsonNode error = parse(body).path("error");
    return new ApiException(
        status,
        error.path("code").asText("http_" + status),
        error.path("message").asText("the server answered " + status),
        error.path("field").asText(""),
        error.path("request_id").asText(requestId));
  }

  private ApiException unreachable(IOException e, String requestId) {
    boolean nobodyThere = e instanceof ConnectException || e instanceof HttpConnectTimeoutException;
    String message =
        nobodyThere
            ? "no server answers at " + endpoint + "; start one with: vecraft standalone"
            : "the connection to " + endpoint + " failed: " + e.getMessage();
    return new ApiException(0, "unreachable", message, "", requestId);
  }

  private static Duration retryAfter(HttpHeaders headers) {
    List<String> values = headers.allValues("Retry-After");
    if (values.isEmpty() || !values.getFirst().matches("[0-9]{1,4}")) {
      return Duration.ZERO;
    }
    return shorter(Duration.ofSeconds(Long.parseLong(values.getFirst())), LONGEST_PAUSE);
  }

  private static Duration jittered(Duration pause) {
    // Half to whole: many clients that failed together do not come back together.
    return pause.multipliedBy(500 + ThreadLocalRandom.current().nextInt(500)).dividedBy(1000);
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static void sleep(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiException(0, "interrupted", "interrupted", "", "");
    }
  }
}
