package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that the processes prove themselves to each other with.
 *
 * @param authoritySecret Secret with {@code tls.crt} and {@code tls.key} of an authority; absent:
 *     the operator makes one
 * @param validDays of each certificate; renewed when a third of that is left
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CertificatesSpec(
    @JsonPropertyDescription(
            "Secret with tls.crt and tls.key of the authority that signs; made when absent.")
        @Nullable String authoritySecret,
    @Default("90")
        @Min(1)
        @Max(3650)
        @JsonPropertyDescription(
            "Days that a certificate is valid; it is renewed when a third of them is left.")
        int validDays) {
  private static final int DAYS = 90;

  /** An authority of the operator's, 90 days. */
  public static final CertificatesSpec DEFAULT = new CertificatesSpec(null, DAYS);

  public CertificatesSpec {
    validDays = validDays == 0 ? DAYS : validDays;
  }

  /** The Secret of the authority, where one is given. */
  public Optional<String> authority() {
    return Optional.ofNullable(authoritySecret);
  }
}
