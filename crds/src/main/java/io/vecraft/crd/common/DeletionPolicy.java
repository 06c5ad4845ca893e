package io.vecraft.crd.common;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of the data when the resource is deleted. */
public enum DeletionPolicy {
  /** It stays. */
  @JsonProperty("Retain")
  RETAIN,
  /** It is deleted too. */
  @JsonProperty("Delete")
  DELETE
}
