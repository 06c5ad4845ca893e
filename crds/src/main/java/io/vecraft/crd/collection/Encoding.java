package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How vectors are kept in memory. */
public enum Encoding {
  @JsonProperty("float32")
  FLOAT32("none"),
  @JsonProperty("lvq8")
  LVQ8("lvq8");

  private final String quantization;

  Encoding(String quantization) {
    this.quantization = quantization;
  }

  /** As the gateway spells it. */
  public String quantization() {
    return quantization;
  }
}
