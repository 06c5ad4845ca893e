package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.pki.Authority;
import io.vecraft.operator.pki.PkiException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the Secrets of a cluster that are missing, and renews certificates.
 *
 * <p>A cache that does not know yet what was made a moment ago must not lead to a second authority
 * or a second key: those are only ever created, never overwritten, and the API server is asked
 * before.
 */
final class SecretsStep {
  private static final Logger LOG = LoggerFactory.getLogger(SecretsStep.class);
  private static final int KEY_CHARS_MIN = 32;

  private final KubernetesClient client;
  private final ClusterSecrets secrets;
  private final ClusterNames names;
  private final Map<String, Secret> known;
  private final Consumer<String> made;

  SecretsStep(
      KubernetesClient client,
      ClusterSecrets secrets,
      ClusterNames names,
      Map<String, Secret> known,
      Consumer<String> made) {
    this.client = client;
    this.secrets = secrets;
    this.names = names;
    this.known = known;
    this.made = made;
  }

  void run() {
    Secret key = find(secrets.bootstrapName(), names.bootstrapKey(), secrets::newBootstrapKey);
    if (ClusterSecrets.text(key, ClusterSecrets.BOOTSTRAP).strip().length() < KEY_CHARS_MIN) {
      throw new PkiException(
          "Secret %s has no entry 'key' of at least %d characters"
              .formatted(secrets.bootstrapName(), KEY_CHARS_MIN));
    }
    Secret root = find(secrets.authorityName(), names.authority(), secrets::newAuthority);
    Authority authority = ClusterSecrets.authority(root);
    for (ClusterSecrets.Wanted wanted : secrets.certificates()) {
      certificate(wanted, authority);
    }
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
    made.accept(name);
    return created;
  }

  private void certificate(ClusterSecrets.Wanted wanted, Authority authority) {
    String name = wanted.secret();
    if (secrets.renewed(wanted, authority, Optional.ofNullable(known.get(name))).isEmpty()) {
      return;
    }
    secrets
        .renewed(wanted, authority, live(name))
        .ifPresent(certificate -> {
          LOG.info("making certificate {}/{}", names.namespace(), name);
          client
              .resource(certificate)
              .fieldManager(Labels.OPERATOR)
              .forceConflicts()
              .serverSideApply();
          made.accept(name);
        });
  }

  private Optional<Secret> live(String name) {
    return Optional.ofNullable(
        client.secrets().inNamespace(names.namespace()).withName(name).get());
  }
}
