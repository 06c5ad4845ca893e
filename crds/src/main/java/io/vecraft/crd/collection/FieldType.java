package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Type of a declared field of the metadata. */
public enum FieldType {
  @JsonProperty("keyword")
  KEYWORD("keyword"),
  @JsonProperty("integer")
  INTEGER("integer"),
  @JsonProperty("float")
  FLOAT("float"),
  @JsonProperty("bool")
  BOOL("bool"),
  @JsonProperty("datetime")
  DATETIME("datetime");

  private final String text;

  FieldType(String text) {
    this.text = text;
  }

  /** As the gateway spells it. */
  public String text() {
    return text;
  }
}
