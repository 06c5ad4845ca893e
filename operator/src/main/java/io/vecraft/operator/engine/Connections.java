package io.vecraft.operator.engine;

import io.vecraft.operator.pki.Pem;
import java.io.IOException;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Connections to gateways, by whose certificates they trust; those that were not used for longest
 * are forgotten when there are many. Safe for concurrent use.
 */
final class Connections {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final int KEPT_MAX = 64;
  private static final HttpClient KNOWN = builder().build();
  private static final Map<String, HttpClient> KEPT =
      new LinkedHashMap<>(KEPT_MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, HttpClient> eldest) {
          return size() > KEPT_MAX;
        }
      };

  private Connections() {}

  /** Those that trust whom everybody trusts. */
  static HttpClient toAnybody() {
    return KNOWN;
  }

  /** Those that trust these authorities alone; the text has one certificate or several. */
  static HttpClient trusting(String authorities) {
    synchronized (KEPT) {
      return KEPT.computeIfAbsent(authorities, Connections::make);
    }
  }

  private static HttpClient make(String authorities) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (var certificate : Pem.certificates(authorities)) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(null, trust.getTrustManagers(), null);
      return builder().sslContext(tls).build();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("an authority cannot be trusted", e);
    }
  }

  private static HttpClient.Builder builder() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
  }
}
