package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.vecraft.crd.cluster.CertificatesSpec;
import io.vecraft.operator.cluster.AuthorityRotation.Phase;
import io.vecraft.operator.cluster.ClusterSecrets.Trust;
import io.vecraft.operator.pki.Authority;
import io.vecraft.operator.pki.Pem;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AuthorityRotationTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final Duration VALIDITY = Duration.ofDays(3_650);
  private static final int SPREAD_S = 600;

  private static AuthorityRotation at(Instant now, int serial) {
    return new AuthorityRotation(
        new CertificatesSpec(null, 90, serial, SPREAD_S),
        Clock.fixed(now, ZoneOffset.UTC),
        () -> Authority.create("next", now, VALIDITY));
  }

  private static Secret first() {
    return ClusterSecretsTest.at(NOW).newAuthority();
  }

  private static boolean believes(Trust one, Trust other) {
    X509Certificate shown =
        other.signer().issue("n", List.of("n"), NOW, Duration.ofDays(1)).certificate();
    return Pem.certificates(one.believed()).stream()
        .anyMatch(authority -> {
          try {
            shown.verify(authority.getPublicKey());
            return true;
          } catch (GeneralSecurityException e) {
            return false;
          }
        });
  }

  @Test
  void whoeverIsOneStepBehindBelievesAndIsBelieved() {
    var states = new ArrayList<Secret>(List.of(first()));
    Instant now = NOW;
    while (true) {
      now = now.plusSeconds(SPREAD_S);
      Optional<Secret> next = at(now, 1).step(states.getLast(), mark -> true);
      if (next.isEmpty()) {
        break;
      }
      states.add(next.get());
    }
    assertThat(states)
        .extracting(AuthorityRotation::phase)
        .containsExactly(Phase.STEADY, Phase.ANNOUNCED, Phase.SIGNING, Phase.STEADY);
    assertThat(states.stream().map(AuthorityRotation::mark).map(m -> m.orElse("")))
        .containsExactly("", "1-both", "1-both", "1-alone");
    List<Trust> trusts = states.stream().map(Trust::of).toList();
    for (int i = 1; i < trusts.size(); i++) {
      assertThat(believes(trusts.get(i - 1), trusts.get(i))).as("step %d is believed", i).isTrue();
      assertThat(believes(trusts.get(i), trusts.get(i - 1))).as("step %d believes", i).isTrue();
    }
    assertThat(believes(trusts.getLast(), trusts.getFirst())).isFalse();
    assertThat(states.getLast().getData()).containsOnlyKeys("tls.crt", "tls.key");
  }

  @Test
  void aStepWaitsForTheTimeAndForEtcd() {
    Secret announced = at(NOW, 1).step(first(), mark -> false).orElseThrow();
    assertThat(at(NOW.plusSeconds(SPREAD_S - 1), 1).step(announced, mark -> true)).isEmpty();
    assertThat(at(NOW.plusSeconds(SPREAD_S), 1).step(announced, mark -> false)).isEmpty();
    var asked = new ArrayList<Optional<String>>();
    assertThat(at(NOW.plusSeconds(SPREAD_S), 1).step(announced, mark -> asked.add(mark)))
        .isPresent();
    assertThat(asked).containsExactly(Optional.of("1-both"));
  }

  @Test
  void itBeginsWithAnotherSerialOrAtTheEndOfTheAuthoritysTime() {
    assertThat(at(NOW, 0).step(first(), mark -> true)).isEmpty();
    assertThat(AuthorityRotation.mark(first())).isEmpty();
    assertThat(at(NOW.plus(Duration.ofDays(2_400)), 0).step(first(), mark -> true)).isEmpty();
    assertThat(at(NOW.plus(Duration.ofDays(2_440)), 0).step(first(), mark -> true)).isPresent();
  }

  @Test
  void aSerialThatChangesAgainMeanwhileBeginsAnotherOneAfterwards() {
    Secret state = first();
    Instant now = NOW;
    for (int step = 1; step <= 3; step++) {
      now = now.plusSeconds(SPREAD_S);
      state = at(now, step == 1 ? 1 : 2).step(state, mark -> true).orElseThrow();
    }
    assertThat(AuthorityRotation.phase(state)).isEqualTo(Phase.STEADY);
    Secret again = at(now, 2).step(state, mark -> true).orElseThrow();
    assertThat(AuthorityRotation.mark(again)).contains("2-both");
  }

  @Test
  void everyStepHasTheCertificatesMadeAgain() {
    ClusterSecrets secrets = ClusterSecretsTest.at(NOW);
    ClusterSecrets.Wanted wanted = secrets.certificates().getFirst();
    Secret state = first();
    Optional<Secret> certificate = secrets.renewed(wanted, Trust.of(state), Optional.empty());
    Instant now = NOW;
    for (int step = 1; step <= 3; step++) {
      now = now.plusSeconds(SPREAD_S);
      state = at(now, 1).step(state, mark -> true).orElseThrow();
      certificate = secrets.renewed(wanted, Trust.of(state), certificate);
      assertThat(certificate).as("step %d", step).isPresent();
      assertThat(ClusterSecrets.text(certificate.get(), "ca.crt"))
          .isEqualTo(Trust.of(state).believed());
      assertThat(secrets.renewed(wanted, Trust.of(state), certificate)).isEmpty();
    }
  }

  @Test
  void aGivenAuthorityNamesWhoElseIsBelievedAndWhoHasSignedItIsNot() {
    Secret other = first();
    Secret root = first();
    Secret given =
        new SecretBuilder(first())
            .addToData("trusted.crt", other.getData().get("tls.crt"))
            .addToData("ca.crt", root.getData().get("tls.crt"))
            .build();
    assertThat(believes(Trust.of(given), Trust.of(given))).isTrue();
    assertThat(believes(Trust.of(given), Trust.of(other))).isTrue();
    assertThat(believes(Trust.of(given), Trust.of(root))).isFalse();
    assertThat(AuthorityRotation.mark(given)).isPresent();
  }
}
