package io.vecraft.gateway.embedding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Asks a service with the API of OpenAI for embeddings. Texts go in batches, one after the other; a
 * call that is answered 429 or 5xx, or not at all, is repeated with growing, random pauses as long
 * as the deadline allows. Redirects are not followed, so that the list of allowed URLs holds. Safe
 * for many threads.
 */
final class OpenAiEmbeddingProvider implements EmbeddingProvider {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final long ANSWER_BYTES_MAX = 256L << 20;
  private static final long PAUSE_MS = 100;
  private static final long PAUSE_MS_MAX = 5_000;

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(5))
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  private final EmbeddingSettings.OpenAi settings;
  private final EmbeddingPolicy policy;

  OpenAiEmbeddingProvider(EmbeddingSettings.OpenAi settings, EmbeddingPolicy policy) {
    this.settings = settings;
    this.policy = policy;
  }

  /** One try: the vectors, or why there are none and whether to try again. */
  private sealed interface Try {
    record Done(float[][] vectors) implements Try {}

    record Failed(String reason, boolean again, OptionalLong waitMs) implements Try {}
  }

  @Override
  public int dimension() {
    return settings.dimension();
  }

  @Override
  public float[][] embed(List<String> texts, Deadline deadline) {
    float[][] vectors = new float[texts.size()][];
    for (int from = 0; from < vectors.length; from += policy.textsPerCallMax()) {
      int to = Math.min(vectors.length, from + policy.textsPerCallMax());
      float[][] batch = batch(texts.subList(from, to), deadline);
      System.arraycopy(batch, 0, vectors, from, batch.length);
    }
    return vectors;
  }

  private float[][] batch(List<String> texts, Deadline deadline) {
    for (int attempt = 1; ; attempt++) {
      switch (once(texts, deadline)) {
        case Try.Done(float[][] vectors) -> {
          return vectors;
        }
        case Try.Failed(String reason, boolean again, OptionalLong waitMs) -> {
          if (!again || attempt >= policy.attemptsMax()) {
            throw unavailable(reason + " (call " + attempt + ")");
          }
          pause(attempt, waitMs, deadline, reason);
        }
      }
    }
  }

  private void pause(int attempt, OptionalLong waitMs, Deadline deadline, String reason) {
    long ceiling = Math.min(PAUSE_MS_MAX, PAUSE_MS << attempt);
    long ms =
        Math.max(waitMs.orElse(0), ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1));
    if (ms * 1_000_000 >= deadline.remainingNanos()) {
      throw unavailable(reason + ", and no time is left to try again");
    }
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("interrupted");
    }
  }

  private Try once(List<String> texts, Deadline deadline) {
    deadline.check("embedding texts");
    long timeout = Math.min(policy.callTimeout().toNanos(), deadline.remainingNanos());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(settings.url())
            .timeout(Duration.ofNanos(Math.max(1, timeout)))
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body(texts)));
    settings.apiKey().ifPresent(ref -> request.header("Authorization", "Bearer " + ref.secret()));
    try {
      HttpResponse<byte[]> answer =
          CLIENT.send(
              request.build(),
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
      int status = answer.statusCode();
      if (status == 200) {
        return read(answer.body(), texts.size());
      }
      return new Try.Failed(
          "the embedding provider answered " + status,
          status == 429 || status >= 500,
          retryAfterMs(answer));
    } catch (IOException e) {
      return new Try.Failed(
          "the embedding provider does not answer: " + e.getClass().getSimpleName(),
          true,
          OptionalLong.empty());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("interrupted");
    }
  }

  private static OptionalLong retryAfterMs(HttpResponse<byte[]> answer) {
    return answer
        .headers()
        .firstValue("Retry-After")
        .filter(text -> text.matches("[0-9]{1,6}"))
        .map(text -> OptionalLong.of(1_000 * Long.parseLong(text)))
        .orElse(OptionalLong.empty());
  }

  private byte[] body(List<String> texts) {
    ObjectNode body = MAPPER.createObjectNode();
    body.put("model", settings.model());
    ArrayNode input = body.putArray("input");
    texts.forEach(input::add);
    if (settings.sendDimension()) {
      body.put("dimensions", settings.dimension());
    }
    try {
      return MAPPER.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts cannot be written as JSON", e);
    }
  }

  private Try read(byte[] answer, int count) {
    float[][] vectors = new float[count][];
    try {
      JsonNode data = MAPPER.readTree(answer).path("data");
      if (!data.isArray() || data.size() != count) {
        return wrong("it has " + data.size() + " vectors for " + count + " texts");
      }
      for (int i = 0; i < count; i++) {
        int index = data.get(i).path("index").asInt(i);
        if (index < 0 || index >= count || vectors[index] != null) {
          return wrong("its indexes are not those of the texts");
        }
        float[] vector = vector(data.get(i).path("embedding"));
        if (vector.length != settings.dimension()) {
          return wrong(
              "a vector has "
                  + vector.length
                  + " dimensions, the collection "
                  + settings.dimension());
        }
        for (float value : vector) {
          if (!Float.isFinite(value)) {
            return wrong("a vector has a number that is not finite");
          }
        }
        vectors[index] = vector;
      }
      return new Try.Done(vectors);
    } catch (IOException | IllegalArgumentException e) {
      return wrong("it cannot be read");
    }
  }

  /** An array of numbers, or base64 of little-endian floats. */
  private static float[] vector(JsonNode json) {
    if (json.isTextual()) {
      byte[] bytes = Base64.getDecoder().decode(json.textValue());
      float[] vector = new float[bytes.length / Float.BYTES];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
      return vector;
    }
    float[] vector = new float[json.size()];
    for (int i = 0; i < vector.length; i++) {
      JsonNode value = json.get(i);
      vector[i] = value.isNumber() ? value.floatValue() : Float.NaN;
    }
    return vector;
  }

  private static Try wrong(String what) {
    return new Try.Failed(
        "the answer of the embedding provider is wrong: " + what, false, OptionalLong.empty());
  }

  private static VecraftException unavailable(String reason) {
    return new VecraftException(ErrorCode.EMBEDDING_UNAVAILABLE, reason);
  }
}
