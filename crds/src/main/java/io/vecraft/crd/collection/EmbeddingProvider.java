package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Who makes vectors of texts. */
public enum EmbeddingProvider {
  /** The gateways themselves, without a model. */
  @JsonProperty("Hashing")
  HASHING("hashing"),
  /** A service with the API of OpenAI. */
  @JsonProperty("OpenAI")
  OPEN_AI("openai");

  private final String text;

  EmbeddingProvider(String text) {
    this.text = text;
  }

  /** As the gateway spells it. */
  public String text() {
    return text;
  }
}
