package io.vecraft.operator.engine;

import io.vecraft.operator.pki.Pem;
import io.vecraft.operator.pki.PkiException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Connections to gateways, by whose certificates they trust; those that were not used for longest
 * are forgotten when there are many. Safe for concurrent use.
 */
final class Connections {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final int KEPT_MAX = 64;
  private static final HttpClient PLAIN = builder().build();

  /** Guarded by itself. */
  private static final Map<Trusted, HttpClient> KEPT =
      new LinkedHashMap<>(KEPT_MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Trusted, HttpClient> eldest) {
          return size() > KEPT_MAX;
        }
      };

  /**
   * Who is trusted.
   *
   * @param pinned whether the first certificate alone is, rather than all that authorities sign
   * @param certificates as text
   */
  private record Trusted(boolean pinned, String certificates) {}

  private Connections() {}

  /** Without TLS. */
  static HttpClient plain() {
    return PLAIN;
  }

  /**
   * Those that trust these authorities alone, and hold certificates to the name that is called.
   *
   * @param authorities one certificate or several
   * @throws PkiException when they cannot be read
   */
  static HttpClient trusting(String authorities) {
    return kept(new Trusted(false, authorities));
  }

  /**
   * Those that trust one certificate alone, whatever its names are and whoever has signed it.
   *
   * @param chain the certificate, and then perhaps others
   * @throws PkiException when it cannot be read
   */
  static HttpClient pinned(String chain) {
    return kept(new Trusted(true, chain));
  }

  private static HttpClient kept(Trusted whom) {
    synchronized (KEPT) {
      return KEPT.computeIfAbsent(whom, Connections::make);
    }
  }

  private static HttpClient make(Trusted whom) {
    try {
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(
          null,
          whom.pinned()
              ? new TrustManager[] {new PinnedCertificate(Pem.certificate(whom.certificates()))}
              : authorities(whom.certificates()),
          null);
      return builder().sslContext(tls).build();
    } catch (GeneralSecurityException | IOException e) {
      throw new PkiException("a certificate cannot be trusted: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] authorities(String text)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int number = 0;
    for (var certificate : Pem.certificates(text)) {
      store.setCertificateEntry("ca-" + number++, certificate);
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return trust.getTrustManagers();
  }

  private static HttpClient.Builder builder() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
  }
}
