package io.vecraft.operator.pki;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** Certificates and keys (PKCS#8) as text. */
public final class Pem {
  private static final int LINE = 64;
  private static final String KEY = "PRIVATE KEY";

  private Pem() {}

  /** A certificate as text. */
  public static String of(X509Certificate certificate) {
    try {
      return block("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new PkiException("a certificate cannot be written", e);
    }
  }

  /** A key as text. */
  public static String of(PrivateKey key) {
    return block(KEY, key.getEncoded());
  }

  private static String block(String kind, byte[] bytes) {
    String text = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, text, kind);
  }

  /**
   * The first certificate of a text.
   *
   * @throws PkiException when there is none
   */
  public static X509Certificate certificate(String text) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new PkiException("a certificate cannot be read", e);
    }
  }

  /**
   * All certificates of a text.
   *
   * @throws PkiException when there is none
   */
  public static List<X509Certificate> certificates(String text) {
    try {
      List<X509Certificate> all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (all.isEmpty()) {
        throw new PkiException("there is no certificate where one should be");
      }
      return all;
    } catch (GeneralSecurityException e) {
      throw new PkiException("certificates cannot be read", e);
    }
  }

  /**
   * A key of elliptic curves or RSA.
   *
   * @throws PkiException when it is neither
   */
  public static PrivateKey key(String text) {
    String body = text.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
    try {
      var spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body));
      for (String algorithm : List.of("EC", "RSA")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(spec);
        } catch (InvalidKeySpecException e) {
          // Of the other kind.
          continue;
        }
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiException("a private key cannot be read (PKCS#8 is needed)", e);
    }
    throw new PkiException("a private key is neither EC nor RSA (PKCS#8 is needed)");
  }
}
