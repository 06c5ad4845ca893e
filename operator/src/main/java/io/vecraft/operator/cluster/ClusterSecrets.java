package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.operator.pki.Authority;
import io.vecraft.operator.pki.KeyAndCertificate;
import io.vecraft.operator.pki.Pem;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The Secrets of a cluster: a first key, which is made once and never again, an authority, which is
 * replaced step by step ({@link AuthorityRotation}), and a certificate for each component, which is
 * made again before its time is over, or when its names or whom to believe have changed.
 *
 * <p>Which ones have to be made follows from those that there are and the time alone.
 */
final class ClusterSecrets {
  static final String CERTIFICATE = "tls.crt";
  static final String KEY = "tls.key";
  static final String AUTHORITY = "ca.crt";
  static final String BOOTSTRAP = "key";

  /** Of a given authority's Secret. Not its ca.crt: that may be of somebody who signs for many. */
  static final String ALSO_TRUSTED = "trusted.crt";

  private static final Duration AUTHORITY_VALIDITY = Duration.ofDays(3_650);
  private static final int KEY_BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ClusterNames names;
  private final ClusterSpec spec;
  private final List<JournalPool> pools;
  private final Clock clock;

  /**
   * Of a cluster.
   *
   * @param pools whose journal nodes have the journal's certificate
   */
  ClusterSecrets(ClusterNames names, ClusterSpec spec, List<JournalPool> pools, Clock clock) {
    this.names = names;
    this.spec = spec;
    this.pools = List.copyOf(pools);
    this.clock = clock;
  }

  /**
   * A certificate that the cluster needs.
   *
   * @param secret where it is kept
   * @param component whose it is
   * @param dns names that it is good for
   */
  record Wanted(String secret, Component component, List<String> dns) {}

  /** All certificates: one for each component, and one that clients see where that is wanted. */
  List<Wanted> certificates() {
    var all = new ArrayList<Wanted>();
    for (Component component : Component.values()) {
      if (component != Component.ETCD || spec.etcd().managed() != null) {
        all.add(new Wanted(names.certificate(component), component, dnsNames(component)));
      }
    }
    spec.gateway()
        .https()
        .filter(tls -> tls.given().isEmpty())
        .ifPresent(tls ->
            all.add(
                new Wanted(
                    names.publicCertificate(), Component.GATEWAY, publicNames(tls.names()))));
    return List.copyOf(all);
  }

  /** The Service of the gateways from near and far, and what else is wanted. */
  private List<String> publicNames(List<String> more) {
    String service = names.of(Component.GATEWAY);
    var all = new ArrayList<>(List.of(names.dns(service), service));
    all.add(service + "." + names.namespace());
    all.add(service + "." + names.namespace() + ".svc");
    all.addAll(more);
    return all.stream().distinct().toList();
  }

  /** The name of the Secret that has the authority. */
  String authorityName() {
    return spec.certificates().authority().orElse(names.authority());
  }

  /** The name of the Secret that has the first key. */
  String bootstrapName() {
    return spec.authentication().secret().orElse(names.bootstrapKey());
  }

  /** How the authority is replaced. */
  AuthorityRotation rotation() {
    return new AuthorityRotation(spec.certificates(), clock, this::createAuthority);
  }

  private Authority createAuthority() {
    return Authority.create(names.cluster() + "-authority", clock.instant(), AUTHORITY_VALIDITY);
  }

  /** A new authority, as a Secret. */
  Secret newAuthority() {
    KeyAndCertificate own = createAuthority().own();
    return new SecretBuilder()
        .withMetadata(names.metadata(names.authority()).build())
        .withType("kubernetes.io/tls")
        .withData(
            Map.of(CERTIFICATE, base64(Pem.of(own.certificate())), KEY, base64(Pem.of(own.key()))))
        .build();
  }

  /** A new first key, as a Secret. */
  Secret newBootstrapKey() {
    byte[] random = new byte[KEY_BYTES];
    RANDOM.nextBytes(random);
    String key = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    return new SecretBuilder()
        .withMetadata(names.metadata(names.bootstrapKey()).build())
        .withType("Opaque")
        .withData(Map.of(BOOTSTRAP, base64(key)))
        .build();
  }

  /**
   * Who signs and who is believed.
   *
   * @param signer that signs new certificates
   * @param believed certificates of all that are believed, as text; the signer's is the first
   */
  record Trust(Authority signer, String believed) {

    /**
     * That of an authority's Secret. A given one may have others that are believed in its {@code
     * trusted.crt}.
     */
    static Trust of(Secret authority) {
      var signer =
          new Authority(
              new KeyAndCertificate(
                  Pem.certificate(text(authority, CERTIFICATE)), Pem.key(text(authority, KEY))));
      String others = text(authority, ALSO_TRUSTED) + AuthorityRotation.believed(authority);
      String own = Pem.of(signer.own().certificate());
      return new Trust(
          signer,
          others.isEmpty()
              ? own
              : Stream.concat(Stream.of(own), Pem.certificates(others).stream().map(Pem::of))
                  .distinct()
                  .collect(Collectors.joining()));
    }
  }

  /**
   * A certificate, where it has to be made.
   *
   * @param present the Secret that there is
   */
  Optional<Secret> renewed(Wanted wanted, Trust trust, Optional<Secret> present) {
    Authority authority = trust.signer();
    List<String> dns = wanted.dns();
    Instant now = clock.instant();
    boolean current =
        present
            .filter(s -> s.getData() != null && s.getData().containsKey(CERTIFICATE))
            .filter(s -> text(s, AUTHORITY).equals(trust.believed()))
            .map(s -> authority.isCurrent(Pem.certificate(text(s, CERTIFICATE)), dns, now))
            .orElse(false);
    if (current) {
      return Optional.empty();
    }
    KeyAndCertificate made =
        authority.issue(
            names.of(wanted.component()),
            dns,
            now,
            Duration.ofDays(spec.certificates().validDays()));
    return Optional.of(
        new SecretBuilder()
            .withMetadata(names.metadata(wanted.component(), wanted.secret()).build())
            .withType("kubernetes.io/tls")
            .withData(
                Map.of(
                    CERTIFICATE,
                    base64(Pem.of(made.certificate())),
                    KEY,
                    base64(Pem.of(made.key())),
                    AUTHORITY,
                    base64(trust.believed())))
            .build());
  }

  /** What a component's certificate is good for. */
  List<String> dnsNames(Component component) {
    var dns = new ArrayList<String>();
    dns.add(names.internal());
    switch (component) {
      case ETCD -> {
        dns.add(names.dns(names.etcdClient()));
        var managed = spec.etcd().managed();
        if (managed != null) {
          // Each by its name: etcd looks names of peers up, which it cannot do with a wildcard.
          names.pods(component, managed.replicas()).stream()
              .map(pod -> names.podDns(component, pod))
              .forEach(dns::add);
        }
      }
      case JOURNAL -> {
        dns.add("*." + names.dns(names.of(component)));
        pools.forEach(pool -> dns.add("*." + names.dns(names.of(pool))));
      }
      case STORAGE -> dns.add("*." + names.dns(names.of(component)));
      case QUERY, GATEWAY, CONTROL -> {
        // Reached by address, or by clients that know nothing of this authority.
      }
    }
    return List.copyOf(dns);
  }

  /** An entry of a Secret, decoded; empty when it is not there. */
  static String text(Secret secret, String entry) {
    String value = Optional.ofNullable(secret.getData()).map(d -> d.get(entry)).orElse("");
    return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
