package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An etcd that somebody else runs. The keys of this cluster begin with a path of its own there.
 *
 * @param endpoints client URLs
 * @param tlsSecret name of a Secret with {@code ca.crt}, {@code tls.crt} and {@code tls.key};
 *     required with https
 * @param userSecret name of a Secret with {@code username} and {@code password}
 */
@ValidationRule(
    value = "self.endpoints.all(e, e.startsWith('https:') == has(self.tlsSecret))",
    message = "https endpoints need tlsSecret, http endpoints have none")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExternalEtcdSpec(
    @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription("Client URLs of the members: http://HOST:PORT, https://HOST:PORT.")
        List<@Size(max = 256) @Pattern("^https?://[^/,]+:[0-9]+$") String> endpoints,
    @JsonPropertyDescription("Secret with ca.crt, tls.crt and tls.key.") @Nullable String tlsSecret,
    @JsonPropertyDescription("Secret with username and password.") @Nullable String userSecret) {
  public ExternalEtcdSpec {
    endpoints = List.copyOf(endpoints);
  }
}
