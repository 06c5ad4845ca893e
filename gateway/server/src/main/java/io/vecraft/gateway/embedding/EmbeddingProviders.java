package io.vecraft.gateway.embedding;

import java.util.Optional;

/** Makes the provider that a collection's settings ask for. Safe for many threads. */
public final class EmbeddingProviders {
  private final EmbeddingPolicy policy;

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
    throw new UnsupportedOperationException(embeddingJson + policy);
  }

  /** The provider of a collection; empty when the settings are empty. Made once per settings. */
  public Optional<EmbeddingProvider> provider(String embeddingJson) {
    throw new UnsupportedOperationException(embeddingJson + policy);
  }
}
