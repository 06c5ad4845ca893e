package io.vecraft.gateway.embedding;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Makes the provider that a collection's settings ask for. Safe for many threads. */
public final class EmbeddingProviders {
  /** Providers kept; they are cheap to make again. */
  private static final int PROVIDERS_MAX = 1_024;

  private final EmbeddingPolicy policy;
  private final Map<String, EmbeddingProvider> providers = new ConcurrentHashMap<>();

  public EmbeddingProviders(EmbeddingPolicy policy) {
    this.policy = policy;
  }

  /**
   * Checks settings without calling anybody.
   *
   * @param embeddingJson {@code {"provider":"hashing","dimension":384}} or {@code
   *     {"provider":"openai","url","model","dimension","api_key_ref"}}
   * @return the dimension that the settings imply
   * @throws io.vecraft.error.VecraftException {@code invalid_argument} with the field
   */
  public int validate(String embeddingJson) {
    return EmbeddingSettings.parse(embeddingJson, policy).dimension();
  }

  /** The provider of a collection; empty when the settings are empty. Made once per settings. */
  public Optional<EmbeddingProvider> provider(String embeddingJson) {
    if (embeddingJson.isEmpty()) {
      return Optional.empty();
    }
    if (providers.size() >= PROVIDERS_MAX) {
      providers.clear();
    }
    return Optional.of(providers.computeIfAbsent(embeddingJson, this::make));
  }

  private EmbeddingProvider make(String embeddingJson) {
    return switch (EmbeddingSettings.parse(embeddingJson, policy)) {
      case EmbeddingSettings.Hashing(int dimension) -> new HashingEmbedder(dimension);
      case EmbeddingSettings.OpenAi settings -> new OpenAiEmbeddingProvider(settings, policy);
    };
  }
}
