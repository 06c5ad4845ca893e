package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.pki.PkiException;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the Secrets of a cluster that are missing, renews certificates, and replaces the authority.
 *
 * <p>A cache that does not know yet what was made a moment ago must not lead to a second authority
 * or a second key: those are created where the API server has none, and the next step of replacing
 * an authority follows from what the API server has.
 */
final class SecretsStep {
  private static final Logger LOG = LoggerFactory.getLogger(SecretsStep.class);
  private static final int KEY_CHARS_MIN = 32;

  private final KubernetesClient client;
  private final ClusterSecrets secrets;
  private final ClusterNames names;
  private final Map<String, Secret> known;
  private final Predicate<Optional<String>> etcd;
  private final BiConsumer<String, String> done;

  /**
   * The step of one pass.
   *
   * @param known Secrets that there are, by name, perhaps a moment ago
   * @param etcd as {@link AuthorityRotation#step} asks
   * @param done told what was done: a word for programs, and a text
   */
  SecretsStep(
      KubernetesClient client,
      ClusterSecrets secrets,
      ClusterNames names,
      Map<String, Secret> known,
      Predicate<Optional<String>> etcd,
      BiConsumer<String, String> done) {
    this.client = client;
    this.secrets = secrets;
    this.names = names;
    this.known = known;
    this.etcd = etcd;
    this.done = done;
  }

  /** Takes it; the authority's Secret as it is then. */
  Secret run() {
    Secret key = find(secrets.bootstrapName(), names.bootstrapKey(), secrets::newBootstrapKey);
    if (ClusterSecrets.text(key, ClusterSecrets.BOOTSTRAP).strip().length() < KEY_CHARS_MIN) {
      throw new PkiException(
          "Secret %s has no entry 'key' of at least %d characters"
              .formatted(secrets.bootstrapName(), KEY_CHARS_MIN));
    }
    String name = secrets.authorityName();
    Secret authority = find(name, names.authority(), secrets::newAuthority);
    if (name.equals(names.authority())) {
      authority = rotated(authority);
    }
    ClusterSecrets.Trust trust = ClusterSecrets.Trust.of(authority);
    for (ClusterSecrets.Wanted wanted : secrets.certificates()) {
      certificate(wanted, trust);
    }
    return authority;
  }

  /** Takes the next step of replacing the authority, where one is due. */
  private Secret rotated(Secret authority) {
    AuthorityRotation rotation = secrets.rotation();
    if (rotation.step(authority, etcd).isEmpty()) {
      return authority;
    }
    Secret now = live(names.authority()).orElse(authority);
    Optional<Secret> next = rotation.step(now, etcd);
    if (next.isEmpty()) {
      return now;
    }
    Secret written = apply(next.get());
    String text =
        switch (AuthorityRotation.phase(written)) {
          case ANNOUNCED -> "the next authority is made known to all processes";
          case SIGNING -> "the next authority signs all certificates";
          case STEADY -> "the authority before is believed no longer";
        };
    LOG.info("{}/{}: {}", names.namespace(), names.cluster(), text);
    done.accept("AuthorityChanges", text);
    return written;
  }

  /** A Secret that is given, or that is made when it is missing. */
  private Secret find(String name, String own, Supplier<Secret> make) {
    Optional<Secret> found = Optional.ofNullable(known.get(name)).or(() -> live(name));
    if (found.isPresent()) {
      return found.get();
    }
    if (!name.equals(own)) {
      throw new PkiException("Secret " + name + " is not there");
    }
    LOG.info("making Secret {}/{}", names.namespace(), name);
    Secret created = client.resource(make.get()).create();
    done.accept("SecretMade", "made Secret " + name);
    return created;
  }

  private void certificate(ClusterSecrets.Wanted wanted, ClusterSecrets.Trust trust) {
    String name = wanted.secret();
    if (secrets.renewed(wanted, trust, Optional.ofNullable(known.get(name))).isEmpty()) {
      return;
    }
    secrets
        .renewed(wanted, trust, live(name))
        .ifPresent(certificate -> {
          LOG.info("making certificate {}/{}", names.namespace(), name);
          apply(certificate);
          done.accept("SecretMade", "made Secret " + name);
        });
  }

  private Secret apply(Secret secret) {
    return client.resource(secret).fieldManager(Labels.OPERATOR).forceConflicts().serverSideApply();
  }

  private Optional<Secret> live(String name) {
    return Optional.ofNullable(
        client.secrets().inNamespace(names.namespace()).withName(name).get());
  }
}
