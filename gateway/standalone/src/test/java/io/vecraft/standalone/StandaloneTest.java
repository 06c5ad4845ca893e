package io.vecraft.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.common.TlsKeyPair;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A standalone as its operator meets it: metadata lost, keys, certificates renewed. */
class StandaloneTest {
  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  @Test
  void theMetadataStoreIsMadeAgainWhenItIsLost() throws Exception {
    fill();
    for (String file : new String[] {"meta.db", "meta.db-wal", "meta.db-shm"}) {
      Files.deleteIfExists(directory.resolve(file));
    }
    assertEverythingIsThere();
  }

  @Test
  void theMetadataStoreIsSetAsideAndMadeAgainWhenItIsDamaged() throws Exception {
    fill();
    Path store = directory.resolve("meta.db");
    byte[] bytes = Files.readAllBytes(store);
    for (int i = 0; i < Math.min(bytes.length, 4_096); i++) {
      bytes[i] ^= 0x55;
    }
    Files.write(store, bytes);
    assertEverythingIsThere();
    assertThat(directory.resolve("meta.db.damaged")).hasBinaryContent(bytes);
  }

  /** One collection with one record and one API key. */
  private void fill() throws Exception {
    try (var server = Standalone.start(config().build())) {
      assertThat(put(server, "/v1/collections/c", "{\"dimension\":2}").statusCode()).isEqualTo(201);
      String record = "{\"vectors\":[{\"id\":\"a\",\"vector\":[1,0],\"metadata\":{\"n\":7}}]}";
      assertThat(post(server, "/v1/collections/c/vectors", record).statusCode()).isEqualTo(200);
      assertThat(post(server, "/v1/keys", "{\"name\":\"reader\",\"grants\":[\"read\"]}"))
          .matches(r -> r.statusCode() == 201, "a key was made");
    }
  }

  private void assertEverythingIsThere() throws Exception {
    try (var server = Standalone.start(config().build())) {
      var record =
          send(
              server,
              "/v1/collections/c/vectors/a",
              b -> b.header("X-Consistency-Level", "strong"));
      assertThat(record.statusCode()).as(record.body()).isEqualTo(200);
      assertThat(record.body()).contains("\"n\":7");
      assertThat(send(server, "/v1/keys", b -> {}).body()).contains("reader");
    }
  }

  @Test
  void aDamagedJournalIsNamedAndServedOnlyWithItsLossAccepted() throws Exception {
    int records = 300;
    String token;
    try (var server = Standalone.start(config().build())) {
      assertThat(put(server, "/v1/collections/c", "{\"dimension\":2}").statusCode()).isEqualTo(201);
      for (int i = 0; i < records; i++) {
        String record = "{\"vectors\":[{\"id\":\"r%d\",\"vector\":[1,%d]}]}".formatted(i, i);
        assertThat(post(server, "/v1/collections/c/vectors", record).statusCode()).isEqualTo(200);
      }
      token =
          send(server, "/v1/collections", b -> {}).headers().firstValue("X-Session-Token").get();
    }
    Path damaged = largestFile(directory.resolve("journal"));
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[bytes.length / 2] ^= 0x10;
    Files.write(damaged, bytes);

    assertThatThrownBy(() -> Standalone.start(config().build()))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED))
        .hasMessageContaining(damaged.getFileName().toString());

    try (var server = Standalone.start(config().acceptLoss(true).build())) {
      int left = records(server, records);
      assertThat(left)
          .as("what is before the damage stays, what is behind it is lost")
          .isBetween(1, records - 1);
      var old =
          send(server, "/v1/collections/c/vectors/r0", b -> b.header("X-Session-Token", token));
      assertThat(old.statusCode()).isEqualTo(409);
      assertThat(old.body()).contains("incarnation_changed");
      String record = "{\"vectors\":[{\"id\":\"new\",\"vector\":[1,0]}]}";
      assertThat(post(server, "/v1/collections/c/vectors", record).statusCode()).isEqualTo(200);
    }
    // The loss is recorded: it need not be accepted again.
    try (var server = Standalone.start(config().build())) {
      // Strong: an eventual read may still be ahead of the replay that follows a start.
      var record =
          send(
              server,
              "/v1/collections/c/vectors/new",
              b -> b.header("X-Consistency-Level", "strong"));
      assertThat(record.statusCode()).as(record.body()).isEqualTo(200);
    }
  }

  private static Path largestFile(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .max(Comparator.comparingLong(f -> f.toFile().length()))
          .orElseThrow();
    }
  }

  /** How many of the records are there: the first ones, without a gap. */
  private int records(Standalone server, int written) throws Exception {
    int found = 0;
    for (int i = 0; i < written; i++) {
      var record =
          send(
              server,
              "/v1/collections/c/vectors/r" + i,
              b -> b.header("X-Consistency-Level", "strong"));
      if (record.statusCode() == 200) {
        assertThat(found).as("r%d is there and an earlier one is not", i).isEqualTo(i);
        found++;
      } else {
        assertThat(record.statusCode()).as(record.body()).isEqualTo(404);
      }
    }
    return found;
  }

  @Test
  void whereKeysAreRequiredTheFirstOneIsInAFileOfItsOwner() throws Exception {
    try (var server = Standalone.start(config().requireKeys(true).build())) {
      Path file = directory.resolve("admin.key");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      String key = Files.readString(file).strip();
      assertThat(send(server, "/healthz", b -> {}).statusCode()).isEqualTo(200);
      assertThat(send(server, "/v1/collections", b -> {}).statusCode()).isEqualTo(401);
      assertThat(
              send(server, "/v1/collections", b -> b.header("X-Api-Key", key + "x")).statusCode())
          .isEqualTo(401);
      assertThat(send(server, "/v1/collections", b -> b.header("X-Api-Key", key)).statusCode())
          .isEqualTo(200);
      assertThat(
              send(server, "/v1/collections", b -> b.header("Authorization", "Bearer " + key))
                  .statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void aRenewedCertificateIsServedWithoutARestartAndABrokenOneIsNot() throws Exception {
    Path certificate = directory.resolve("tls.crt");
    Path key = directory.resolve("tls.key");
    X509Certificate first = writeSelfSigned(certificate, key);
    var tls = Optional.of(new StandaloneConfig.Tls(certificate, key));
    try (var server = Standalone.start(config().tls(tls).build())) {
      assertThat(servedBy(server)).isEqualTo(first);

      Files.writeString(certificate, "not a certificate");
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(servedBy(server)).isEqualTo(first));

      X509Certificate second = writeSelfSigned(certificate, key);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(servedBy(server)).isEqualTo(second));
    }
  }

  private StandaloneConfig.Builder config() {
    return StandaloneConfig.builder(directory).port(0);
  }

  private static X509Certificate writeSelfSigned(Path certificate, Path key)
      throws IOException, GeneralSecurityException {
    TlsKeyPair pair = TlsKeyPair.ofSelfSigned("localhost");
    X509Certificate made = pair.certificateChain().getFirst();
    PrivateKey secret = pair.privateKey();
    // Each file appears whole; the server may read them between the two and then tries again.
    replace(key, pem("PRIVATE KEY", secret.getEncoded()));
    replace(certificate, pem("CERTIFICATE", made.getEncoded()));
    return made;
  }

  private static void replace(Path file, String text) throws IOException {
    Path whole = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(whole, text);
    Files.move(whole, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static String pem(String kind, byte[] der) {
    String body = Base64.getMimeEncoder(64, "\n".getBytes(UTF_8)).encodeToString(der);
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(kind, body, kind);
  }

  /** The certificate that a new connection is shown. */
  private static Certificate servedBy(Standalone server)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    try (var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  /** The test looks at the certificate itself. */
  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private HttpResponse<String> put(Standalone server, String path, String body) throws Exception {
    return send(server, path, b -> b.PUT(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> post(Standalone server, String path, String body) throws Exception {
    return send(server, path, b -> b.POST(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> send(
      Standalone server, String path, java.util.function.Consumer<HttpRequest.Builder> with)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("Content-Type", "application/json");
    with.accept(request);
    return http.send(request.build(), BodyHandlers.ofString());
  }
}
