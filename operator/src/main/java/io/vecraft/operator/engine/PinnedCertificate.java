package io.vecraft.operator.engine;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts a server that shows one certificate, and no other. Whoever shows it has its key, so that
 * neither its names nor its signer nor its time matter: a certificate that is over is told by
 * clients, and must not keep the operator from working. That this is the extended kind is what
 * keeps the JDK from checking names after it.
 */
final class PinnedCertificate extends X509ExtendedTrustManager {
  private final X509Certificate only;

  PinnedCertificate(X509Certificate only) {
    this.only = only;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    if (chain.length == 0 || !only.equals(chain[0])) {
      throw new CertificateException("another certificate is shown than is in the Secret");
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw noClients();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw noClients();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw noClients();
  }

  private static CertificateException noClients() {
    return new CertificateException("no clients are let in here");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
