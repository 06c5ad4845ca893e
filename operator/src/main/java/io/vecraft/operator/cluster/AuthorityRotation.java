package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.vecraft.crd.cluster.CertificatesSpec;
import io.vecraft.operator.pki.Authority;
import io.vecraft.operator.pki.KeyAndCertificate;
import io.vecraft.operator.pki.Pem;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Replaces the authority of a cluster while its processes speak with each other: everybody believes
 * the next one before it signs anything, and the one before until nobody shows its certificates any
 * more.
 *
 * <p>Between two steps everybody must have read what the earlier one has written: the time that a
 * Secret takes to the Pods has to pass, and etcd, which reads whom it believes when it starts, must
 * have been started again. Everything is kept in the authority's Secret, so that a step is one
 * write, and another operator goes on where one has ended.
 */
final class AuthorityRotation {
  private static final String NEXT = "next.crt";
  private static final String NEXT_KEY = "next.key";
  private static final String PREVIOUS = "previous.crt";

  /** Annotation: when the step was taken that the Secret shows. */
  private static final String SINCE = "vecraft.io/authority-since";

  /** Annotation: the serial of the resource that the authority was made, or is being made, for. */
  private static final String SERIAL = "vecraft.io/authority-serial";

  /** Annotation: how many rotations were begun. */
  private static final String ROTATION = "vecraft.io/authority-rotation";

  /** How far one is. */
  enum Phase {
    /** One authority, which signs and is believed. */
    STEADY,
    /** The next one is believed beside the one that signs. */
    ANNOUNCED,
    /** The next one signs, the one before is believed still. */
    SIGNING
  }

  private final CertificatesSpec spec;
  private final Clock clock;
  private final Supplier<Authority> make;

  /**
   * For one cluster.
   *
   * @param make a new authority
   */
  AuthorityRotation(CertificatesSpec spec, Clock clock, Supplier<Authority> make) {
    this.spec = spec;
    this.clock = clock;
    this.make = make;
  }

  static Phase phase(Secret authority) {
    if (!ClusterSecrets.text(authority, NEXT).isEmpty()) {
      return Phase.ANNOUNCED;
    }
    return ClusterSecrets.text(authority, PREVIOUS).isEmpty() ? Phase.STEADY : Phase.SIGNING;
  }

  /** Whom everybody has to believe beside the one that signs, as text. */
  static String believed(Secret authority) {
    return Stream.of(NEXT, PREVIOUS)
        .map(entry -> ClusterSecrets.text(authority, entry))
        .reduce("", String::concat);
  }

  /**
   * What differs whenever whom to believe differs; empty for an authority that was never replaced,
   * and for a given one that says of nobody else.
   */
  static Optional<String> mark(Secret authority) {
    String others = ClusterSecrets.text(authority, ClusterSecrets.ALSO_TRUSTED);
    if (!others.isEmpty()) {
      String all = ClusterSecrets.text(authority, ClusterSecrets.CERTIFICATE) + others;
      return Optional.of("given-" + Integer.toHexString(all.hashCode()));
    }
    return annotation(authority, ROTATION)
        .map(number -> number + (phase(authority) == Phase.STEADY ? "-alone" : "-both"));
  }

  /**
   * The Secret after the next step; empty when none is due.
   *
   * @param etcd whether what has to be started again to believe has been, since the Secret showed
   *     this mark
   */
  Optional<Secret> step(Secret authority, Predicate<Optional<String>> etcd) {
    Phase phase = phase(authority);
    if (phase == Phase.STEADY) {
      return due(authority) ? Optional.of(announced(authority)) : Optional.empty();
    }
    Instant since = annotation(authority, SINCE).map(Instant::parse).orElse(Instant.EPOCH);
    Duration spread = Duration.ofSeconds(spec.authoritySpreadSeconds());
    if (clock.instant().isBefore(since.plus(spread)) || !etcd.test(mark(authority))) {
      return Optional.empty();
    }
    return Optional.of(phase == Phase.ANNOUNCED ? signing(authority) : steady(authority));
  }

  private boolean due(Secret authority) {
    int made = annotation(authority, SERIAL).map(Integer::parseInt).orElse(0);
    X509Certificate own =
        Pem.certificate(ClusterSecrets.text(authority, ClusterSecrets.CERTIFICATE));
    return made != spec.authoritySerial() || Authority.isOld(own, clock.instant());
  }

  private Secret announced(Secret authority) {
    KeyAndCertificate next = make.get().own();
    int number = annotation(authority, ROTATION).map(Integer::parseInt).orElse(0) + 1;
    var data = new HashMap<>(authority.getData());
    data.put(NEXT, ClusterSecrets.base64(Pem.of(next.certificate())));
    data.put(NEXT_KEY, ClusterSecrets.base64(Pem.of(next.key())));
    return with(
        authority,
        data,
        Map.of(SERIAL, String.valueOf(spec.authoritySerial()), ROTATION, String.valueOf(number)));
  }

  private Secret signing(Secret authority) {
    var data = new HashMap<>(authority.getData());
    data.put(PREVIOUS, data.get(ClusterSecrets.CERTIFICATE));
    data.put(ClusterSecrets.CERTIFICATE, data.remove(NEXT));
    data.put(ClusterSecrets.KEY, data.remove(NEXT_KEY));
    return with(authority, data, Map.of());
  }

  private Secret steady(Secret authority) {
    var data = new HashMap<>(authority.getData());
    data.remove(PREVIOUS);
    return with(authority, data, Map.of());
  }

  private Secret with(Secret authority, Map<String, String> data, Map<String, String> annotations) {
    return new SecretBuilder(authority)
        .editMetadata()
        .withManagedFields()
        .addToAnnotations(SINCE, clock.instant().toString())
        .addToAnnotations(annotations)
        .endMetadata()
        .withData(data)
        .build();
  }

  private static Optional<String> annotation(Secret authority, String name) {
    return Optional.ofNullable(authority.getMetadata().getAnnotations()).map(all -> all.get(name));
  }
}
