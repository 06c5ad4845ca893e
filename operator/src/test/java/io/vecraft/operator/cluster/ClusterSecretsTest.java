package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.cluster.ClusterSecrets.Trust;
import io.vecraft.operator.pki.Pem;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterSecretsTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final String CLUSTER =
      """
      apiVersion: vecraft.io/v1alpha1
      kind: VecraftCluster
      metadata: {name: main, namespace: data, uid: u1}
      spec: {image: "vecraft:1", certificates: {validDays: 90}}
      """;

  static ClusterSecrets at(Instant now) {
    VecraftCluster cluster = new KubernetesSerialization().unmarshal(CLUSTER, VecraftCluster.class);
    return new ClusterSecrets(
        ClusterNames.of(cluster, "cluster.local"),
        cluster.getSpec(),
        List.of(new JournalPool(4)),
        Clock.fixed(now, ZoneOffset.UTC));
  }

  private static ClusterSecrets.Wanted wanted(Component component) {
    return at(NOW).certificates().stream()
        .filter(w -> w.component() == component)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aCertificateIsSignedByTheAuthorityAndGoodForTheNamesOfItsPods() throws Exception {
    Trust authority = Trust.of(at(NOW).newAuthority());
    Secret made =
        at(NOW).renewed(wanted(Component.ETCD), authority, Optional.empty()).orElseThrow();
    X509Certificate certificate = Pem.certificate(ClusterSecrets.text(made, "tls.crt"));
    certificate.verify(authority.signer().own().certificate().getPublicKey());
    certificate.checkValidity(java.util.Date.from(NOW));
    assertThat(certificate.getSubjectAlternativeNames())
        .extracting(name -> String.valueOf(name.get(1)))
        .contains(
            "internal.main.data.vecraft",
            "main-etcd-client.data.svc.cluster.local",
            "main-etcd-2.main-etcd.data.svc.cluster.local");
    assertThat(wanted(Component.JOURNAL).dns())
        .contains(
            "*.main-journal.data.svc.cluster.local", "*.main-journal-p4.data.svc.cluster.local");
    assertThat(Pem.key(ClusterSecrets.text(made, "tls.key")).getAlgorithm()).isEqualTo("EC");
    assertThat(ClusterSecrets.text(made, "ca.crt"))
        .isEqualTo(Pem.of(authority.signer().own().certificate()));
  }

  @Test
  void aCertificateIsMadeAgainWhenAThirdOfItsTimeIsLeft() {
    Trust authority = Trust.of(at(NOW).newAuthority());
    Optional<Secret> made = at(NOW).renewed(wanted(Component.QUERY), authority, Optional.empty());
    assertThat(at(NOW.plus(Duration.ofDays(59))).renewed(wanted(Component.QUERY), authority, made))
        .isEmpty();
    assertThat(at(NOW.plus(Duration.ofDays(61))).renewed(wanted(Component.QUERY), authority, made))
        .isPresent();
  }

  @Test
  void aCertificateOfAnotherAuthorityOrOtherNamesIsMadeAgain() {
    Trust authority = Trust.of(at(NOW).newAuthority());
    Trust other = Trust.of(at(NOW).newAuthority());
    Optional<Secret> made = at(NOW).renewed(wanted(Component.QUERY), other, Optional.empty());
    assertThat(at(NOW).renewed(wanted(Component.QUERY), authority, made)).isPresent();
    Optional<Secret> ofGateway =
        at(NOW).renewed(wanted(Component.JOURNAL), authority, Optional.empty());
    assertThat(at(NOW).renewed(wanted(Component.STORAGE), authority, ofGateway)).isPresent();
  }

  @Test
  void aFirstKeyIsLongEnoughForAGatewayAndNeverTheSame() {
    String one = ClusterSecrets.text(at(NOW).newBootstrapKey(), "key");
    assertThat(one).hasSizeGreaterThanOrEqualTo(32);
    assertThat(ClusterSecrets.text(at(NOW).newBootstrapKey(), "key")).isNotEqualTo(one);
  }
}
