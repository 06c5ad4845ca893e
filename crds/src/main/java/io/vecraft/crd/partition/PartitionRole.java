package io.vecraft.crd.partition;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;
import java.util.Optional;

/** What is written to a partition. */
public enum PartitionRole {
  /** Records of many shards of many collections. */
  @JsonProperty("Data")
  DATA,

  /** Transactions over several collections or shards. */
  @JsonProperty("Transaction")
  TRANSACTION,

  /** Collections, keys, where shards are. */
  @JsonProperty("System")
  SYSTEM;

  /** As the gateways call it; empty for one that is not known here. */
  public static Optional<PartitionRole> of(String text) {
    for (PartitionRole role : values()) {
      if (role.name().equals(text.toUpperCase(Locale.ROOT))) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
