package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.vecraft.crd.common.ProviderUrl;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Services that the gateways may ask for vectors of texts.
 *
 * @param allowedUrls collections may name services at or below these; never empty
 * @param secret name of a Secret whose entries are keys of such services; absent: they have none
 */
@ValidationRule(
    value = "self.allowedUrls.all(u, " + ProviderUrl.RULE + ")",
    message = "each of allowedUrls is " + ProviderUrl.WORDS)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GatewayEmbeddingSpec(
    @Required
        @Size(min = 1, max = 32)
        @JsonPropertyDescription(
            "URLs, https://HOST/PATH or http://HOST:PORT/PATH; collections may name services at or"
                + " below them.")
        List<@Size(min = 1, max = ProviderUrl.CHARS_MAX) String> allowedUrls,
    @Size(min = 1, max = 253)
        @JsonPropertyDescription(
            "Secret whose entries are keys of the services, by the names that collections have for"
                + " them in spec.embedding.apiKey; it may come, change and go at any time.")
        @Nullable String secret) {
  public GatewayEmbeddingSpec {
    allowedUrls = List.copyOf(allowedUrls);
  }

  /** The Secret, where one is given. */
  public Optional<String> keys() {
    return Optional.ofNullable(secret);
  }
}
