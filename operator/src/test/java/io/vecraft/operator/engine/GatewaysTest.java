package io.vecraft.operator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.vecraft.crd.cluster.GatewayTlsSpec;
import io.vecraft.operator.pki.Authority;
import io.vecraft.operator.pki.KeyAndCertificate;
import io.vecraft.operator.pki.Pem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom the operator trusts, asked of a real TLS server. */
class GatewaysTest {
  private static final GatewayTlsSpec GIVEN = new GatewayTlsSpec("mine", null);
  private static final GatewayTlsSpec MADE = new GatewayTlsSpec(null, null);
  private static final Duration VALIDITY = Duration.ofDays(1);

  private final Instant now = Instant.now();
  private final Authority authority = Authority.create("test", now, VALIDITY);

  private KeyAndCertificate certificate(String name) {
    return authority.issue("gateway", List.of(name), now, VALIDITY);
  }

  private static Secret secret(Map<String, String> texts) {
    var secret = new SecretBuilder();
    texts.forEach((entry, text) ->
        secret.addToData(
            entry, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
    return secret.build();
  }

  private Secret secret(KeyAndCertificate certificate) {
    String ca = Pem.of(authority.own().certificate());
    return secret(Map.of("tls.crt", Pem.of(certificate.certificate()) + ca, "ca.crt", ca));
  }

  private static void ask(GatewayTlsSpec tls, Secret secret, KeyAndCertificate shown)
      throws Exception {
    try (var server = new TlsServer(shown)) {
      var http = Gateways.trusting(tls, "mine", Optional.of(secret));
      assertThat(new Gateway(http, server.endpoint(), "key", "test").partitions()).isEmpty();
    }
  }

  @Test
  void aGivenCertificateIsTrustedWhateverItsNames() throws Exception {
    KeyAndCertificate given = certificate("search.example.org");
    ask(GIVEN, secret(given), given);
  }

  @Test
  void noOtherThanTheGivenCertificateIsTrustedAlsoOfTheSameAuthority() {
    KeyAndCertificate other = certificate("localhost");
    assertThatThrownBy(() -> ask(GIVEN, secret(certificate("localhost")), other))
        .isInstanceOf(GatewayException.class);
  }

  @Test
  void ofCertificatesThatTheOperatorMakesTheAuthorityAndTheNamesCount() throws Exception {
    ask(MADE, secret(certificate("localhost")), certificate("localhost"));
    assertThatThrownBy(
            () -> ask(MADE, secret(certificate("localhost")), certificate("search.example.org")))
        .isInstanceOf(GatewayException.class);
    Authority stranger = Authority.create("stranger", now, VALIDITY);
    KeyAndCertificate strange = stranger.issue("gateway", List.of("localhost"), now, VALIDITY);
    assertThatThrownBy(() -> ask(MADE, secret(certificate("localhost")), strange))
        .isInstanceOf(GatewayException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not a certificate",
        "-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA"
      })
  void aCertificateThatCannotBeReadIsToldAndMayBeMended(String text) {
    for (GatewayTlsSpec tls : List.of(GIVEN, MADE)) {
      Optional<Secret> garbled = Optional.of(secret(Map.of("tls.crt", text, "ca.crt", text)));
      assertThatThrownBy(() -> Gateways.trusting(tls, "mine", garbled))
          .isInstanceOfSatisfying(GatewayException.class, e -> assertThat(e.isTransient()).isTrue())
          .hasMessageStartingWith("the certificate in Secret mine cannot be read: ");
    }
  }

  @Test
  void aSecretThatIsNotThereYetIsToldByName() {
    assertThatThrownBy(() -> Gateways.trusting(GIVEN, "mine", Optional.empty()))
        .isInstanceOf(GatewayException.class)
        .hasMessage("Secret mine has no entry 'tls.crt' yet");
  }
}
