package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;

/** When a node pulls an image. */
public enum PullPolicy {
  @JsonProperty("Always")
  ALWAYS("Always"),
  @JsonProperty("IfNotPresent")
  IF_NOT_PRESENT("IfNotPresent"),
  @JsonProperty("Never")
  NEVER("Never");

  private final String text;

  PullPolicy(String text) {
    this.text = text;
  }

  /** As Kubernetes spells it. */
  public String text() {
    return text;
  }
}
