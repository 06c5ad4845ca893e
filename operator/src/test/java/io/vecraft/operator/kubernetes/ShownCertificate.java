package io.vecraft.operator.kubernetes;

import io.fabric8.kubernetes.api.model.Secret;
import io.vecraft.operator.pki.Pem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** The certificate that a port shows, and who trusts it. */
final class ShownCertificate {
  private ShownCertificate() {}

  /** Trusts the {@code ca.crt} of a Secret alone. */
  static SSLContext trusting(Secret secret) throws GeneralSecurityException, IOException {
    String ca =
        new String(
            Base64.getDecoder().decode(secret.getData().get("ca.crt")), StandardCharsets.US_ASCII);
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int number = 0;
    for (X509Certificate authority : Pem.certificates(ca)) {
      store.setCertificateEntry("ca-" + number++, authority);
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return tls;
  }

  /** Whether whoever trusts the {@code ca.crt} of a Secret alone gets through to that name. */
  static boolean isTrusted(String name, int port, Secret secret) throws Exception {
    try (var socket = (SSLSocket) trusting(secret).getSocketFactory().createSocket(name, port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return true;
    } catch (SSLHandshakeException e) {
      return false;
    }
  }
}
