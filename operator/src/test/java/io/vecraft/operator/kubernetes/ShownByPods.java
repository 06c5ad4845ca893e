package io.vecraft.operator.kubernetes;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.vecraft.operator.pki.Pem;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Certificates that Pods show to each other, beside those that are in their Secrets. */
final class ShownByPods {
  private static final int INTERNAL = 9000;

  private final KubernetesClient client;
  private final String namespace;
  private final String cluster;

  ShownByPods(KubernetesClient client, String namespace, String cluster) {
    this.client = client;
    this.namespace = namespace;
    this.cluster = cluster;
  }

  /** Whether a Pod of a StatefulSet shows the certificate that is in its Secret now. */
  boolean isCurrent(String component, int number) throws IOException, GeneralSecurityException {
    Secret secret =
        client
            .secrets()
            .inNamespace(namespace)
            .withName(cluster + "-" + component + "-certificate")
            .get();
    X509Certificate wanted =
        Pem.certificate(
            new String(
                Base64.getDecoder().decode(secret.getData().get("tls.crt")),
                StandardCharsets.US_ASCII));
    try (LocalPortForward forward =
        client
            .pods()
            .inNamespace(namespace)
            .withName(cluster + "-" + component + "-" + number)
            .portForward(INTERNAL)) {
      return wanted.equals(shown(forward.getLocalPort()));
    }
  }

  /** What is shown to somebody who has nothing to show. */
  private static X509Certificate shown(int port) throws IOException, GeneralSecurityException {
    var seen = new AtomicReference<X509Certificate>();
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new Noting(seen)}, null);
    try (var socket = (SSLSocket) tls.getSocketFactory().createSocket("localhost", port)) {
      socket.startHandshake();
    } catch (IOException e) {
      // The Pod asks for a certificate as well, after it has shown its own.
      if (seen.get() == null) {
        throw e;
      }
    }
    return seen.get();
  }

  /** Believes everybody, and remembers whom. */
  private static final class Noting extends X509ExtendedTrustManager {
    private final AtomicReference<X509Certificate> seen;

    Noting(AtomicReference<X509Certificate> seen) {
      this.seen = seen;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      seen.set(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      seen.set(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      seen.set(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
