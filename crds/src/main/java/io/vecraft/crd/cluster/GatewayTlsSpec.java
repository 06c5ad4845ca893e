package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * HTTPS at the port that clients call.
 *
 * @param secret name of a Secret with {@code tls.crt} and {@code tls.key}, and {@code ca.crt} where
 *     its authority is none that everybody knows; absent: the operator makes a certificate with the
 *     authority of the cluster
 * @param names that a certificate of the operator's is good for beside those of the Service
 */
@ValidationRule(
    value = "!(has(self.secret) && has(self.names) && self.names.size() > 0)",
    message = "a given certificate has its names already: leave out names, or secret")
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GatewayTlsSpec(
    @Size(min = 1, max = 253)
        @JsonPropertyDescription(
            "Secret with tls.crt and tls.key, and ca.crt where clients do not know its authority;"
                + " made with the cluster's authority when absent.")
        @Nullable String secret,
    @Size(max = 32)
        @JsonPropertyDescription(
            "DNS names that a certificate of the operator's is good for beside the Service's.")
        List<@Size(min = 1, max = 253) String> names) {

  public GatewayTlsSpec(@Nullable String secret, @Nullable List<String> names) {
    this.secret = secret;
    this.names = names == null ? List.of() : List.copyOf(names);
  }

  /** The Secret, where one is given. */
  public Optional<String> given() {
    return Optional.ofNullable(secret);
  }
}
