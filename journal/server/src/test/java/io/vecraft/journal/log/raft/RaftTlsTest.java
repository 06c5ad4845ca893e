package io.vecraft.journal.log.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.journal.Appends;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.tls.IdentityFiles;
import io.vecraft.journal.tls.RenewedTls;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.ReplicaFilesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that prove themselves to each other. */
final class RaftTlsTest {
  private static final int PARTITION = Partitions.FIRST_DATA;
  private static final PartitionSettings SETTINGS =
      new PartitionSettings(PARTITION, new Partitions(1), Duration.ofMinutes(10), 1000, 1);
  private static final long T = Stamp.of(1_000_000, 0, 0);

  @TempDir Path directory;

  @Test
  void entriesAndFilesGoOverMutualTlsAndAStrangerGetsNothing() throws Exception {
    RaftTls tls = certificate("node");
    try (var cluster =
        new RaftCluster(
            directory.resolve("nodes"),
            List.of(SETTINGS),
            c -> c.withTls(Optional.of(tls)).withCheckpoint(20_000, 5).withLogBytes(64 << 10))) {
      cluster.ask(PARTITION, log -> log.append(new Proposal(T, List.of(Appends.open(1, 0)))));
      for (int i = 0; i < 60; i++) {
        var write = Appends.of("w" + i, Appends.upsert(1, 0, "r" + i, 10_000));
        cluster.ask(PARTITION, log -> log.append(new Proposal(T, List.of(write))));
      }
      cluster.start("d");
      cluster.ask(PARTITION, log -> log.addMember(cluster.member("d")));
      RaftLog added = cluster.logs(PARTITION).get("d");
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> added.committed().position().offset() == 61);
      assertThat(added.replicas()).containsExactly("a", "b", "c", "d");
      RaftMember leader = cluster.member(cluster.nameOf(cluster.leader(PARTITION)));
      Path stolen = Files.createDirectories(directory.resolve("stolen"));
      var request =
          ReplicaFilesRequest.newBuilder()
              .setPartition(PARTITION)
              .setClusterId(RaftCluster.CLUSTER.toString())
              .build();
      assertThatThrownBy(() ->
              new ReplicaFetch(new DiskFiles(), stolen, Optional.empty()).run(leader, request))
          .isInstanceOf(IOException.class);
      assertThat(cluster.fatal).isEmpty();
    }
  }

  @Test
  void renewedCertificatesAreShownAndAskedForWithoutARestart() throws Exception {
    RaftTls old = certificate("old");
    RaftTls renewed = certificate("new");
    Path authorities = directory.resolve("authorities.crt");
    Files.writeString(
        authorities, Files.readString(old.certificate()) + Files.readString(renewed.certificate()));
    var shown = new RaftTls(directory.resolve("n.crt"), directory.resolve("n.key"), authorities);
    Files.copy(old.certificate(), shown.certificate());
    Files.copy(old.key(), shown.key());
    try (var cluster =
        new RaftCluster(
            directory.resolve("nodes"),
            List.of(SETTINGS),
            c ->
                c.withTls(
                    // The last to come knows nothing of the old ones.
                    Optional.of(c.self().id().equals("d") ? renewed : shown)))) {
      cluster.ask(PARTITION, log -> log.append(new Proposal(T, List.of(Appends.open(1, 0)))));
      X509Certificate before = certificateOf(old);
      X509Certificate after = certificateOf(renewed);
      for (String node : List.of("a", "b", "c")) {
        assertThat(shownBy(cluster.member(node), renewed)).isEqualTo(before);
      }

      Files.copy(renewed.key(), shown.key(), StandardCopyOption.REPLACE_EXISTING);
      Files.copy(renewed.certificate(), shown.certificate(), StandardCopyOption.REPLACE_EXISTING);

      for (String node : List.of("a", "b", "c")) {
        Awaitility.await(node + " shows the new certificate")
            .atMost(Duration.ofMinutes(1))
            .until(() -> shownBy(cluster.member(node), renewed).equals(after));
      }
      cluster.start("d");
      cluster.ask(PARTITION, log -> log.addMember(cluster.member("d")));
      Append write = Appends.of("w", Appends.upsert(1, 0, "r", 100));
      cluster.ask(PARTITION, log -> log.append(new Proposal(T, List.of(write))));
      RaftLog added = cluster.logs(PARTITION).get("d");
      Awaitility.await("the last to come has everything")
          .atMost(Duration.ofMinutes(1))
          .until(() -> added.committed().position().offset() == 2);
      assertThat(cluster.fatal).isEmpty();
    }
  }

  @Test
  void aCertificateRenewedUnderItsOldKeyIsTakenUp() throws Exception {
    RaftTls old = certificate("old");
    RaftTls renewed = certificate("new");
    try (RenewedTls tls =
        RenewedTls.load(
            old.authority(), Optional.of(new IdentityFiles(old.certificate(), old.key())))) {
      X509ExtendedKeyManager shown = tls.identity().orElseThrow();
      assertThat(chain(shown)).containsExactly(certificateOf(old));

      Files.copy(renewed.certificate(), old.certificate(), StandardCopyOption.REPLACE_EXISTING);

      Awaitility.await("the certificate is read")
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(chain(shown)).containsExactly(certificateOf(renewed)));
    }
  }

  private static X509Certificate[] chain(X509ExtendedKeyManager shown) {
    return shown.getCertificateChain(shown.getServerAliases("EC", new Principal[0])[0]);
  }

  private static X509Certificate certificateOf(RaftTls tls)
      throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(tls.certificate())) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /** What a node shows to one that is new on its Raft port. */
  private static X509Certificate shownBy(RaftMember node, RaftTls as) throws Exception {
    try (RenewedTls tls =
        RenewedTls.load(
            // Whoever it is: what it shows is looked at afterwards.
            as.authority().resolveSibling("authorities.crt"),
            Optional.of(new IdentityFiles(as.certificate(), as.key())))) {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {tls.identity().orElseThrow()},
          new TrustManager[] {tls.trust()},
          new SecureRandom());
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(node.host(), node.port())) {
        socket.startHandshake();
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      }
    }
  }

  /** One certificate that all nodes show, and that is its own authority. */
  private RaftTls certificate(String name)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = directory.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "node",
                "-dname",
                "CN=journal",
                "-ext",
                "san=ip:127.0.0.1",
                "-ext",
                "bc=ca:true",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    Path certificate = directory.resolve(name + ".crt");
    Path key = directory.resolve(name + ".key");
    Files.writeString(certificate, pem("CERTIFICATE", keys.getCertificate("node").getEncoded()));
    Files.writeString(
        key, pem("PRIVATE KEY", keys.getKey("node", "changeit".toCharArray()).getEncoded()));
    return new RaftTls(certificate, key, certificate);
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), kind);
  }
}
