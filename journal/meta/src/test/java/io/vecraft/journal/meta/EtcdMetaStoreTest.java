package io.vecraft.journal.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.vecraft.journal.tls.IdentityFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link EtcdMetaStore} on a real etcd. */
class EtcdMetaStoreTest extends MetaStoreContract {
  private static final AtomicInteger TESTS = new AtomicInteger();
  @TempDir static Path shared;
  private static EtcdProcess etcd;
  private String namespace = "/";
  @TempDir private Path own;

  @BeforeAll
  static void start() throws Exception {
    etcd = EtcdProcess.start(shared);
  }

  @AfterAll
  static void stop() throws Exception {
    etcd.close();
  }

  @BeforeEach
  void nameSpace() {
    namespace = "/test-" + TESTS.incrementAndGet() + "/";
  }

  @Override
  MetaStore open() {
    return open(etcd);
  }

  private MetaStore open(EtcdProcess process) {
    return EtcdMetaStore.open(EtcdSettings.plain(List.of(process.endpoint("http")), namespace));
  }

  @Test
  void namespacesDoNotSeeEachOther() {
    try (var store = open();
        var other =
            EtcdMetaStore.open(
                EtcdSettings.plain(List.of(etcd.endpoint("http")), namespace + "inner/"))) {
      store.put("a", bytes("1"));
      other.put("b", bytes("2"));
      assertThat(other.list("")).extracting(MetaStore.Entry::key).containsExactly("b");
      assertThat(store.get("b")).isEmpty();
    }
  }

  @Test
  void aWatchWhoseChangesAreCompactedIsLost() throws Exception {
    try (var store = open();
        var client = Client.builder().endpoints(etcd.endpoint("http")).build()) {
      long before = store.revision();
      store.put("k", bytes("1"));
      store.put("k", bytes("2"));
      client.getKVClient().compact(store.revision()).get();
      var seen = new Recorder();
      store.watch("k", before, seen);
      await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> assertThat(seen.lost).hasSize(1));
      assertThat(seen.events).isEmpty();
    }
  }

  @Test
  void aKilledEtcdIsAnErrorInTimeAndAMirrorCatchesUpAfterIt() throws Exception {
    try (var process = EtcdProcess.start(own);
        var store =
            EtcdMetaStore.open(
                new EtcdSettings(
                    List.of(process.endpoint("http")),
                    namespace,
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofSeconds(2)))) {
      store.put("m/1", bytes("a"));
      try (var mirror = MetaMirror.start(store, "m/", Duration.ofMinutes(10), all -> {})) {
        await().atMost(Duration.ofMinutes(2)).until(() -> mirror.entries().isPresent());
        var seen = new Recorder();
        store.watch("m/", store.revision(), seen);

        process.kill();

        assertThatThrownBy(() -> store.get("m/1")).isInstanceOf(MetaStoreException.class);
        assertThatThrownBy(() -> store.put("m/1", bytes("b")))
            .isInstanceOf(MetaStoreException.class);
        await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> assertThat(seen.lost).hasSize(1));
        assertThat(mirror.entries().orElseThrow()).containsOnlyKeys("m/1");

        process.start();
        await()
            .atMost(Duration.ofMinutes(1))
            .ignoreExceptions()
            .untilAsserted(() -> {
              store.put("m/2", bytes("c"));
              assertThat(mirror.entries().orElseThrow()).containsOnlyKeys("m/1", "m/2");
            });
      }
    }
  }

  @Test
  void aUserAndAPasswordAreGivenWhereTheyAreAskedFor() throws Exception {
    try (var process = EtcdProcess.start(own);
        var admin = Client.builder().endpoints(process.endpoint("http")).build()) {
      ByteSequence root = ByteSequence.from("root", StandardCharsets.UTF_8);
      ByteSequence password = ByteSequence.from("s3cret-word", StandardCharsets.UTF_8);
      admin.getAuthClient().userAdd(root, password).get();
      admin.getAuthClient().userGrantRole(root, root).get();
      admin.getAuthClient().authEnable().get();

      var settings = withPassword(process, "s3cret-word");
      assertThat(settings.toString()).doesNotContain("s3cret-word");
      try (var store = EtcdMetaStore.open(settings)) {
        store.put("k", bytes("v"));
        assertThat(store.get("k")).isPresent();
      }
      try (var store = EtcdMetaStore.open(withPassword(process, "wrong"))) {
        assertThatThrownBy(() -> store.get("k")).isInstanceOf(MetaStoreException.class);
      }
    }
  }

  private EtcdSettings withPassword(EtcdProcess process, String password) {
    return new EtcdSettings(
        List.of(process.endpoint("http")),
        namespace,
        Optional.of(new EtcdSettings.Credentials("root", password)),
        Optional.empty(),
        EtcdSettings.DEFAULT_TIMEOUT);
  }

  @Test
  void certificatesAreCheckedBothWays() throws Exception {
    IdentityFiles identity = selfSigned("own");
    String certificate = identity.certificate().toString();
    try (var process =
        EtcdProcess.start(
            own,
            "--client-cert-auth",
            "--trusted-ca-file",
            certificate,
            "--cert-file",
            certificate,
            "--key-file",
            identity.key().toString())) {
      try (var store =
          EtcdMetaStore.open(secure(process, shown(identity, Optional.of(identity))))) {
        store.put("k", bytes("v"));
        assertThat(store.get("k")).isPresent();
      }
      try (var store = EtcdMetaStore.open(secure(process, shown(identity, Optional.empty())))) {
        assertThatThrownBy(() -> store.get("k")).isInstanceOf(MetaStoreException.class);
      }
    }
  }

  private static EtcdSettings.Tls shown(IdentityFiles authority, Optional<IdentityFiles> identity) {
    return new EtcdSettings.Tls(authority.certificate(), identity);
  }

  private EtcdSettings secure(EtcdProcess process, EtcdSettings.Tls tls) {
    return new EtcdSettings(
        List.of(process.endpoint("https")),
        namespace,
        Optional.empty(),
        Optional.of(tls),
        Duration.ofSeconds(3));
  }

  @Test
  void aRenewedCertificateIsShownWithoutANewStore() throws Exception {
    IdentityFiles old = selfSigned("old");
    IdentityFiles renewed = selfSigned("new");
    var files = new IdentityFiles(own.resolve("own.crt"), own.resolve("own.key"));
    Files.copy(old.certificate(), files.certificate());
    Files.copy(old.key(), files.key());
    String shown = old.certificate().toString();
    try (var process =
        EtcdProcess.start(
            own,
            "--client-cert-auth",
            "--trusted-ca-file",
            renewed.certificate().toString(),
            "--cert-file",
            shown,
            "--key-file",
            old.key().toString())) {
      var tls = new EtcdSettings.Tls(old.certificate(), Optional.of(files));
      try (var store = EtcdMetaStore.open(secure(process, tls))) {
        assertThatThrownBy(() -> store.get("k")).isInstanceOf(MetaStoreException.class);

        Files.copy(renewed.key(), files.key(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(renewed.certificate(), files.certificate(), StandardCopyOption.REPLACE_EXISTING);

        await()
            .atMost(Duration.ofMinutes(1))
            .ignoreExceptions()
            .untilAsserted(() -> {
              store.put("k", bytes("v"));
              assertThat(store.get("k")).isPresent();
            });
      }
    }
  }

  /** A certificate of 127.0.0.1 that is its own authority, made by the JDK's keytool. */
  private IdentityFiles selfSigned(String name) throws Exception {
    Path store = own.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-alias",
                "own",
                "-keyalg",
                "EC",
                "-dname",
                "CN=vecraft test",
                "-ext",
                "san=ip:127.0.0.1",
                "-ext",
                "bc:c")
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(output).isZero();
    KeyStore made = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    Path key = own.resolve(name + ".key");
    Files.writeString(
        key, pem("PRIVATE KEY", made.getKey("own", "changeit".toCharArray()).getEncoded()));
    Path certificate = own.resolve(name + ".crt");
    Files.writeString(certificate, pem("CERTIFICATE", made.getCertificate("own").getEncoded()));
    return new IdentityFiles(certificate, key);
  }

  private static String pem(String kind, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(kind, body, kind);
  }

  @Test
  void settingsNameWhatIsWrong() {
    assertThatThrownBy(() -> EtcdSettings.plain(List.of(), "/"))
        .hasMessageContaining("at least one endpoint");
    assertThatThrownBy(() -> EtcdSettings.plain(List.of(URI.create("tcp://h:1")), "/"))
        .hasMessageContaining("tcp://h:1");
    assertThatThrownBy(() -> EtcdSettings.plain(List.of(URI.create("https://h:1")), "/"))
        .hasMessageContaining("certificates");
    assertThatThrownBy(() -> EtcdSettings.plain(List.of(URI.create("http://h:1")), "x"))
        .hasMessageContaining("namespace x");
  }
}
