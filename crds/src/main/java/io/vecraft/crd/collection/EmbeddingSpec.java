package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.vecraft.crd.common.ProviderUrl;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who makes vectors of texts; they have the dimension of the collection.
 *
 * @param provider which; those of OpenAI's API have url and model, and nothing else has them
 * @param url of the service, at or below one that the cluster's gateways allow
 * @param model by the name that the service has for it
 * @param apiKey name of an entry of the Secret that the cluster's gateways have for keys, never a
 *     key; absent: none is sent
 * @param sendDimension whether requests name the dimension
 */
@ValidationRule(
    value = "self.provider != 'OpenAI' || (has(self.url) && has(self.model))",
    message =
        "the provider OpenAI needs url and model: who is asked, and for vectors of which model")
@ValidationRule(
    value =
        "self.provider != 'Hashing' ||"
            + " !(has(self.url) || has(self.model) || has(self.apiKey) || self.sendDimension)",
    message =
        "the provider Hashing is built in and asks nobody: leave out url, model, apiKey and"
            + " sendDimension, or say OpenAI")
@ValidationRule(
    value = "!has(self.url) || [self.url].all(u, " + ProviderUrl.RULE + ")",
    message = "url is " + ProviderUrl.WORDS)
@ValidationRule(
    value = "!has(self.apiKey) || self.apiKey.matches('^[A-Za-z0-9_-][A-Za-z0-9._-]*$')",
    message =
        "apiKey is the name of an entry of the Secret in spec.gateway.embedding.secret of the"
            + " cluster (letters, digits, '_', '-' and '.', which is not first), never the key itself")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EmbeddingSpec(
    @Required
        @JsonPropertyDescription(
            "Hashing, which is built in and knows words and their parts, or OpenAI: a service with"
                + " that API.")
        EmbeddingProvider provider,
    @Size(min = 1, max = ProviderUrl.CHARS_MAX)
        @JsonPropertyDescription(
            "URL of the service, at or below one of spec.gateway.embedding.allowedUrls of the"
                + " cluster. The path of embeddings may be left out: https://HOST, https://HOST/v1.")
        @Nullable String url,
    @Size(min = 1, max = 256) @JsonPropertyDescription("Name that the service has for the model.")
        @Nullable String model,
    // Too short for many a key that somebody takes for its name.
    @Size(min = 1, max = 63)
        @JsonPropertyDescription(
            "Name of the entry of the Secret in spec.gateway.embedding.secret of the cluster whose"
                + " content is sent as the key; none is sent when absent. Never the key itself.")
        @Nullable String apiKey,
    @Default("false")
        @JsonPropertyDescription(
            "Whether requests name the dimension, for models that can shorten their vectors.")
        boolean sendDimension) {

  /** The service, where there is one. */
  public Optional<String> service() {
    return Optional.ofNullable(url);
  }

  /** The model, where there is one. */
  public Optional<String> modelName() {
    return Optional.ofNullable(model);
  }

  /** The name of the key's entry, where a key is sent. */
  public Optional<String> keyEntry() {
    return Optional.ofNullable(apiKey);
  }
}
