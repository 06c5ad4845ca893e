package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may call the gateways.
 *
 * @param bootstrapKeySecret Secret whose {@code key} may do everything, at least 32 characters;
 *     absent: the operator makes one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AuthenticationSpec(
    @JsonPropertyDescription(
            "Secret whose entry `key` (32 characters or more) may do everything; made when absent.")
        @Nullable String bootstrapKeySecret) {
  /** A key of the operator's. */
  public static final AuthenticationSpec DEFAULT = new AuthenticationSpec(null);

  /** The Secret, where one is given. */
  public Optional<String> secret() {
    return Optional.ofNullable(bootstrapKeySecret);
  }
}
