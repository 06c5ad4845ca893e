package io.vecraft.operator.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Signs the certificates of one cluster's processes. Whoever has one of them is one of them, so an
 * authority signs for one cluster alone.
 */
public final class Authority {
  private static final int SERIAL_BITS = 127;

  /** Clocks of machines differ. */
  private static final Duration BEFORE = Duration.ofMinutes(5);

  private static final int DNS = 2;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final KeyAndCertificate own;

  public Authority(KeyAndCertificate own) {
    this.own = own;
  }

  /** A new authority. */
  public static Authority create(String name, Instant now, Duration validity) {
    try {
      KeyPair pair = keyPair();
      var subject = new X500Name("CN=" + name);
      X509v3CertificateBuilder builder =
          builder(subject, subject, pair.getPublic(), now, now.plus(validity));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return new Authority(
          new KeyAndCertificate(sign(builder, pair.getPrivate()), pair.getPrivate()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new PkiException("an authority cannot be made", e);
    }
  }

  /** Its certificate and key. */
  public KeyAndCertificate own() {
    return own;
  }

  /** A new certificate, good for both sides of a connection; not longer than the authority's. */
  public KeyAndCertificate issue(
      String name, List<String> dnsNames, Instant now, Duration validity) {
    try {
      KeyPair pair = keyPair();
      Instant until = now.plus(validity);
      Instant own = this.own.certificate().getNotAfter().toInstant();
      X509v3CertificateBuilder builder =
          builder(
              X500Name.getInstance(this.own.certificate().getSubjectX500Principal().getEncoded()),
              new X500Name("CN=" + name),
              pair.getPublic(),
              now,
              until.isAfter(own) ? own : until);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              dnsNames.stream()
                  .map(n -> new GeneralName(GeneralName.dNSName, n))
                  .toArray(GeneralName[]::new)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(this.own.certificate()));
      return new KeyAndCertificate(sign(builder, this.own.key()), pair.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new PkiException("a certificate cannot be made", e);
    }
  }

  /**
   * Whether a certificate is this authority's, good for these names, and not in the last third of
   * its time.
   */
  public boolean isCurrent(X509Certificate certificate, List<String> dnsNames, Instant now) {
    return signed(certificate)
        && dnsNames(certificate).equals(new TreeSet<>(dnsNames))
        && !isOld(certificate, now);
  }

  /** Whether a certificate is in the last third of its time. */
  public static boolean isOld(X509Certificate certificate, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    return !now.isBefore(until.minus(Duration.between(from, until).dividedBy(3)));
  }

  private boolean signed(X509Certificate certificate) {
    try {
      certificate.verify(own.certificate().getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static Set<String> dnsNames(X509Certificate certificate) {
    try {
      var names = new TreeSet<String>();
      var all = certificate.getSubjectAlternativeNames();
      if (all != null) {
        for (List<?> one : all) {
          if (one.getFirst().equals(DNS)) {
            names.add((String) one.get(1));
          }
        }
      }
      return names;
    } catch (CertificateParsingException e) {
      return Set.of();
    }
  }

  private static KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, PublicKey key, Instant now, Instant until) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE),
        Date.from(now.minus(BEFORE)),
        Date.from(until),
        subject,
        key);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws OperatorCreationException, GeneralSecurityException {
    String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm).build(key)));
  }
}
