package io.vecraft.gateway.embedding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Checked settings of a provider, as a collection's definition holds them. */
sealed interface EmbeddingSettings {
  int dimension();

  /** The built-in provider. */
  record Hashing(int dimension) implements EmbeddingSettings {}

  /**
   * A service with the API of OpenAI.
   *
   * @param url where embeddings are asked for, complete
   * @param sendDimension whether the request names the dimension, for models that can shorten
   */
  record OpenAi(
      URI url, String model, int dimension, Optional<SecretRef> apiKey, boolean sendDimension)
      implements EmbeddingSettings {}

  /**
   * Reads settings.
   *
   * @throws VecraftException {@code invalid_argument} or {@code unknown_field} with the field
   */
  static EmbeddingSettings parse(String json, EmbeddingPolicy policy) {
    JsonNode node = Reader.read(json);
    String provider = Reader.text(node, "provider");
    return switch (provider) {
      case "hashing" -> {
        Reader.known(node, Set.of("provider", "dimension"));
        yield new Hashing(
            node.has("dimension") ? Reader.dimension(node) : HashingEmbedder.DIMENSION_DEFAULT);
      }
      case "openai" -> {
        Reader.known(
            node, Set.of("provider", "url", "model", "dimension", "api_key_ref", "send_dimension"));
        yield new OpenAi(
            Reader.url(node, policy),
            Reader.text(node, "model"),
            Reader.dimension(node),
            node.has("api_key_ref")
                ? Optional.of(
                    SecretRef.parse(Reader.text(node, "api_key_ref"), policy.keyDirectory()))
                : Optional.empty(),
            Reader.flag(node, "send_dimension"));
      }
      default -> throw Reader.invalid("provider", "unknown provider, known are hashing and openai");
    };
  }

  /** Reads single settings. */
  final class Reader {
    private static final JsonMapper MAPPER =
        JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final int TEXT_CHARS_MAX = 2_048;

    private Reader() {}

    static JsonNode read(String json) {
      try {
        JsonNode node = MAPPER.readTree(json);
        if (node.isObject()) {
          return node;
        }
      } catch (JsonProcessingException e) {
        throw new VecraftException(
            ErrorCode.INVALID_ARGUMENT, "the embedding is not JSON: " + e.getOriginalMessage());
      }
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "the embedding is not a JSON object");
    }

    static void known(JsonNode node, Set<String> names) {
      node.fieldNames()
          .forEachRemaining(name -> {
            if (!names.contains(name)) {
              throw new VecraftException(
                  ErrorCode.UNKNOWN_FIELD, "unknown field of an embedding", name);
            }
          });
    }

    static String text(JsonNode node, String name) {
      JsonNode value = node.path(name);
      if (!value.isTextual() || value.textValue().isBlank()) {
        throw invalid(name, "needs a text");
      }
      if (value.textValue().length() > TEXT_CHARS_MAX) {
        throw invalid(name, "has more than " + TEXT_CHARS_MAX + " characters");
      }
      return value.textValue();
    }

    static boolean flag(JsonNode node, String name) {
      JsonNode value = node.path(name);
      if (!value.isMissingNode() && !value.isBoolean()) {
        throw invalid(name, "needs true or false");
      }
      return value.asBoolean(false);
    }

    static int dimension(JsonNode node) {
      JsonNode value = node.path("dimension");
      if (!value.isIntegralNumber()
          || !value.canConvertToInt()
          || value.intValue() < 1
          || value.intValue() > HashingEmbedder.DIMENSION_MAX) {
        throw invalid("dimension", "needs an integer of 1 to " + HashingEmbedder.DIMENSION_MAX);
      }
      return value.intValue();
    }

    static URI url(JsonNode node, EmbeddingPolicy policy) {
      URI url;
      try {
        url = new URI(text(node, "url"));
      } catch (URISyntaxException e) {
        throw invalid("url", "is not a URL: " + e.getReason());
      }
      String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
      String path = String.valueOf(url.getRawPath());
      if ((!scheme.equals("http") && !scheme.equals("https")) || url.getHost() == null) {
        throw invalid("url", "needs http or https and a host");
      }
      // Nothing that a server may read as another path than the one compared.
      if (url.getRawUserInfo() != null
          || url.getRawQuery() != null
          || url.getRawFragment() != null
          || path.contains("%")
          || path.contains("..")
          || path.contains("//")) {
        throw invalid("url", "must have no user, query, fragment, escapes or dots in its path");
      }
      if (policy.allowedUrls().stream().noneMatch(allowed -> allows(allowed, url))) {
        throw invalid("url", "is not on the server's list of allowed embedding URLs");
      }
      return complete(url, path);
    }

    /** {@code http://host} and {@code http://host/v1} are short for the address of embeddings. */
    private static URI complete(URI url, String path) {
      String stem = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
      String whole =
          stem.endsWith("/embeddings")
              ? stem
              : stem.isEmpty() ? "/v1/embeddings" : stem + "/embeddings";
      return url.resolve(whole);
    }

    private static boolean allows(URI allowed, URI url) {
      String root = allowed.getRawPath() == null ? "" : allowed.getRawPath();
      String stem = root.endsWith("/") ? root.substring(0, root.length() - 1) : root;
      String path = url.getRawPath() == null ? "" : url.getRawPath();
      return url.getScheme().equalsIgnoreCase(allowed.getScheme())
          && url.getHost().equalsIgnoreCase(allowed.getHost())
          && port(url) == port(allowed)
          && (path.equals(stem) || path.startsWith(stem + "/"));
    }

    private static int port(URI url) {
      return url.getPort() >= 0
          ? url.getPort()
          : url.getScheme().equalsIgnoreCase("http") ? 80 : 443;
    }

    static VecraftException invalid(String name, String reason) {
      return new VecraftException(ErrorCode.INVALID_ARGUMENT, name + " " + reason, name);
    }
  }
}
