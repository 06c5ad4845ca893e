package io.vecraft.gateway.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingProvidersTest {
  @TempDir Path directory;
  private HttpServer server;
  private final Queue<String> requests = new ConcurrentLinkedQueue<>();

  /** What is answered, one after the other: a status, or the text of a body. */
  private final Queue<Object> answers = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(
        exchange.getRequestURI()
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization")
            + " "
            + body);
    Object answer = answers.isEmpty() ? 500 : answers.remove();
    byte[] bytes =
        answer instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
    if (answer.equals(302)) {
      exchange.getResponseHeaders().add("Location", "/elsewhere");
    }
    exchange.sendResponseHeaders(
        answer instanceof Integer status ? status : 200, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String base() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private EmbeddingProviders providers() {
    return new EmbeddingProviders(
        new EmbeddingPolicy(
            List.of(URI.create(base() + "/v1")), Optional.empty(), Duration.ofSeconds(5), 3, 2));
  }

  private String settings(String more) {
    return "{\"provider\":\"openai\",\"url\":\"%s/v1\",\"model\":\"m\",\"dimension\":2%s}"
        .formatted(base(), more);
  }

  private static String vectors(String... embeddings) {
    StringBuilder data = new StringBuilder();
    for (int i = embeddings.length - 1; i >= 0; i--) {
      data.append(data.isEmpty() ? "" : ",")
          .append("{\"index\":%d,\"embedding\":%s}".formatted(i, embeddings[i]));
    }
    return "{\"data\":[" + data + "]}";
  }

  private float[][] embed(String settings, String... texts) {
    return providers()
        .provider(settings)
        .orElseThrow()
        .embed(List.of(texts), Deadline.afterMillis(30_000));
  }

  private VecraftException failure(String settings, String... texts) {
    VecraftException error =
        catchThrowableOfType(VecraftException.class, () -> embed(settings, texts));
    assertThat(error).isNotNull();
    assertThat(error.code()).isEqualTo(ErrorCode.EMBEDDING_UNAVAILABLE);
    return error;
  }

  @Test
  void asksInBatchesAndKeepsTheOrder() {
    answers.add(vectors("[1,2]", "[3,4]"));
    byte[] floats =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(5).putFloat(6).array();
    answers.add(vectors("\"" + Base64.getEncoder().encodeToString(floats) + "\""));
    assertThat(embed(settings(""), "a", "b", "ü"))
        .isEqualTo(new float[][] {{1, 2}, {3, 4}, {5, 6}});
    assertThat(requests)
        .containsExactly(
            "/v1/embeddings null {\"model\":\"m\",\"input\":[\"a\",\"b\"]}",
            "/v1/embeddings null {\"model\":\"m\",\"input\":[\"ü\"]}");
  }

  @Test
  void triesAgainWhereThatMayHelp() {
    answers.addAll(List.of(429, 503, vectors("[1,2]")));
    assertThat(embed(settings(",\"send_dimension\":true"), "a")).isEqualTo(new float[][] {{1, 2}});
    assertThat(requests).hasSize(3).allMatch(r -> r.endsWith("\"dimensions\":2}"));
  }

  @Test
  void givesUpAfterTheLastTry() {
    answers.addAll(List.of(500, 500, 500, vectors("[1,2]")));
    assertThat(failure(settings(""), "a").reason()).contains("answered 500 (call 3)");
  }

  @Test
  void doesNotRepeatWhatWasRefusedNorFollowRedirects() {
    for (int status : new int[] {400, 401, 404, 302}) {
      answers.add(status);
      assertThat(failure(settings(""), "a").reason()).contains("answered " + status);
    }
    assertThat(requests).hasSize(4);
  }

  @Test
  void refusesAnswersThatAreWrong() {
    for (String answer :
        List.of(
            "x",
            "{}",
            vectors("[1,2]", "[1,2]"),
            vectors("[1,2,3]"),
            vectors("[1,\"x\"]"),
            vectors("[1,1e99]"),
            vectors("\"!\""),
            "{\"data\":[{\"index\":1,\"embedding\":[1,2]}]}")) {
      answers.add(answer);
      assertThat(failure(settings(""), "a").reason()).as(answer).contains("is wrong");
    }
  }

  @Test
  void aServiceThatIsNotThereIsUnavailable() {
    String settings = settings("");
    EmbeddingProvider provider = providers().provider(settings).orElseThrow();
    server.stop(0);
    VecraftException error =
        catchThrowableOfType(
            VecraftException.class,
            () -> provider.embed(List.of("a"), Deadline.afterMillis(30_000)));
    assertThat(error.code()).isEqualTo(ErrorCode.EMBEDDING_UNAVAILABLE);
  }

  @Test
  void sendsTheKeyOfTheFileAndNeverShowsIt() throws IOException {
    Path key = Files.writeString(directory.resolve("key"), "s3cret\n");
    String settings = settings(",\"api_key_ref\":\"file:" + key + "\"");
    answers.add(vectors("[1,2]"));
    embed(settings, "a");
    assertThat(requests.remove()).contains("Bearer s3cret ");
    answers.add(401);
    assertThat(failure(settings, "a").toString()).doesNotContain("s3cret");
    Files.writeString(key, "two words");
    assertThat(failure(settings, "a").toString()).doesNotContain("two words");
    Files.delete(key);
    failure(settings, "a");
  }

  @Test
  void settingsAreCheckedWithTheFieldNamed() {
    EmbeddingProviders providers = providers();
    assertThat(providers.validate("{\"provider\":\"hashing\"}")).isEqualTo(384);
    assertThat(providers.validate("{\"provider\":\"hashing\",\"dimension\":64}")).isEqualTo(64);
    assertThat(providers.validate(settings(""))).isEqualTo(2);
    assertThat(providers.provider("")).isEmpty();
    String url = "{\"provider\":\"openai\",\"model\":\"m\",\"dimension\":2,\"url\":\"";
    Map<String, String> bad =
        Map.ofEntries(
            Map.entry("{}", "provider"),
            Map.entry("{\"provider\":\"other\"}", "provider"),
            Map.entry("{\"provider\":5}", "provider"),
            Map.entry("{\"provider\":\"hashing\",\"dimension\":0}", "dimension"),
            Map.entry("{\"provider\":\"hashing\",\"dimension\":\"8\"}", "dimension"),
            Map.entry("{\"provider\":\"hashing\",\"url\":\"x\"}", "url"),
            Map.entry("{\"provider\":\"openai\",\"url\":\"" + base() + "/v1\"}", "model"),
            Map.entry(settings(",\"api_key_ref\":\"s3cret\""), "api_key_ref"),
            Map.entry(settings(",\"send_dimension\":1"), "send_dimension"),
            Map.entry(url + "http://169.254.169.254/v1\"}", "url"),
            Map.entry(url + base() + "/v10\"}", "url"),
            Map.entry(url + base() + "/v1/../admin\"}", "url"),
            Map.entry(url + base() + "/v1/%2e%2e/admin\"}", "url"),
            Map.entry(url + base() + "/v1?x=1\"}", "url"),
            Map.entry(url + "file:///etc/passwd\"}", "url"),
            Map.entry(url + base().replace("http://", "http://user@") + "/v1\"}", "url"),
            Map.entry(url + "http://a b\"}", "url"));
    bad.forEach((json, field) -> {
      VecraftException error =
          catchThrowableOfType(VecraftException.class, () -> providers.validate(json));
      assertThat(error).as(json).isNotNull();
      assertThat(error.code().httpStatus()).isEqualTo(400);
      assertThat(error.field()).as(json).contains(field);
      assertThat(error.toString()).doesNotContain("s3cret");
    });
    for (String json : List.of("[]", "x", "null")) {
      assertThat(
              catchThrowableOfType(VecraftException.class, () -> providers.validate(json)).code())
          .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }
  }

  @Test
  void whereKeysHaveADirectoryNothingElseIsNamed() {
    var policy =
        EmbeddingPolicy.allowing(
            List.of(URI.create(base() + "/v1")), Optional.of(directory.resolve("keys")));
    var providers = new EmbeddingProviders(policy);
    String inside = "file:" + directory.resolve("keys/openai");
    assertThat(providers.validate(settings(",\"api_key_ref\":\"" + inside + "\""))).isEqualTo(2);
    for (String outside :
        List.of(
            "file:" + directory.resolve("keys"),
            "file:" + directory.resolve("keys/../admin-key"),
            "file:" + directory.resolve("keys-of-others/openai"),
            "file:/etc/hostname",
            "env:PATH")) {
      String settings = settings(",\"api_key_ref\":\"" + outside + "\"");
      VecraftException error =
          catchThrowableOfType(VecraftException.class, () -> providers.validate(settings));
      assertThat(error).as(outside).isNotNull();
      assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(error.field().orElseThrow()).contains("api_key_ref");
    }
  }
}
