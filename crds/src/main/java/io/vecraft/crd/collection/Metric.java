package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How near two vectors are. */
public enum Metric {
  @JsonProperty("cosine")
  COSINE("cosine"),
  @JsonProperty("dot")
  DOT("dot"),
  @JsonProperty("l2")
  L2("l2");

  private final String text;

  Metric(String text) {
    this.text = text;
  }

  /** As the gateway spells it. */
  public String text() {
    return text;
  }
}
