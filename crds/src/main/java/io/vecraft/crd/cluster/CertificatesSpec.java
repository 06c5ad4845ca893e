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
 * @param authoritySecret Secret with {@code tls.crt} and {@code tls.key} of an authority, and with
 *     those in {@code trusted.crt} that are believed beside it; absent: the operator makes one, and
 *     replaces it when a third of its ten years is left
 * @param validDays of each certificate; renewed when a third of that is left
 * @param authoritySerial another number than before has the operator's authority replaced
 * @param authoritySpreadSeconds between two steps of that; longer than a changed Secret takes to
 *     the Pods
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CertificatesSpec(
    @JsonPropertyDescription(
            "Secret with tls.crt and tls.key of the authority that signs, and certificates of others"
                + " that are believed in trusted.crt; made when absent.")
        @Nullable String authoritySecret,
    @Default("90")
        @Min(1)
        @Max(3650)
        @JsonPropertyDescription(
            "Days that a certificate is valid; it is renewed when a third of them is left.")
        int validDays,
    @Default("0")
        @Min(0)
        @JsonPropertyDescription(
            "Another number than before has the authority replaced that the operator has made.")
        int authoritySerial,
    @Default("600")
        @Min(60)
        @Max(86400)
        @JsonPropertyDescription(
            "Seconds between two steps of replacing the authority: longer than a changed Secret"
                + " takes to the Pods.")
        int authoritySpreadSeconds) {
  private static final int DAYS = 90;
  private static final int SPREAD_SECONDS = 600;

  /** An authority of the operator's, 90 days. */
  public static final CertificatesSpec DEFAULT =
      new CertificatesSpec(null, DAYS, 0, SPREAD_SECONDS);

  public CertificatesSpec {
    validDays = validDays == 0 ? DAYS : validDays;
    authoritySpreadSeconds = authoritySpreadSeconds == 0 ? SPREAD_SECONDS : authoritySpreadSeconds;
  }

  /** The Secret of the authority, where one is given. */
  public Optional<String> authority() {
    return Optional.ofNullable(authoritySecret);
  }
}
