package io.vecraft.operator.pki;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/** A certificate and the private key that belongs to it. */
public record KeyAndCertificate(X509Certificate certificate, PrivateKey key) {
  /** Says nothing of the key. */
  @Override
  public String toString() {
    return "KeyAndCertificate[" + certificate.getSubjectX500Principal() + "]";
  }
}
