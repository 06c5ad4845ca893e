package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.ControlHost;
import io.vecraft.crd.cluster.ExternalEtcdSpec;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.control.HostState;
import io.vecraft.operator.control.HostedCluster;
import io.vecraft.operator.control.HostedControls;
import io.vecraft.operator.control.Hosting;
import io.vecraft.operator.control.Identity;
import io.vecraft.operator.pki.PkiException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the control of a cluster run in the operator where that is wanted, with the certificate that
 * the cluster's own control processes would have, and deletes their Deployment once it is at work
 * ({@link ControlPlace}).
 */
final class ControlStep {
  private static final Logger LOG = LoggerFactory.getLogger(ControlStep.class);

  private final KubernetesClient client;
  private final HostedControls controls;
  private final VecraftCluster resource;
  private final ClusterNames names;
  private final Optional<Deployment> deployment;
  private final HostedCluster cluster;
  private final ControlPlace place;

  /**
   * For one pass.
   *
   * @param deployment of the cluster's own control processes, from a cache
   */
  ControlStep(
      KubernetesClient client,
      HostedControls controls,
      VecraftCluster resource,
      ClusterNames names,
      Optional<Deployment> deployment) {
    this.client = client;
    this.controls = controls;
    this.resource = resource;
    this.names = names;
    this.deployment = deployment;
    this.cluster = new HostedCluster(names.namespace(), names.cluster(), names.uid());
    this.place = ControlPlace.of(resource.getSpec(), controls.hosts(cluster), deployment);
  }

  /** Whether the operator runs it, as of this pass. */
  boolean hosted() {
    return place.hosted();
  }

  /**
   * Takes the step; never waits for the cluster.
   *
   * @param secrets of the cluster, by name, from a cache
   * @return what to tell of it, unless that is the Deployment's to tell
   */
  Optional<HostState> run(Map<String, Secret> secrets, HostedControls.Resources resources) {
    if (!place.hosted()) {
      controls.end(cluster);
      return Optional.empty();
    }
    Secret certificate = secrets.get(names.certificate(Component.CONTROL));
    HostState state =
        certificate == null
            ? HostState.STARTING
            : controls.host(cluster, hosting(certificate), resources);
    if (state.ready()) {
      dropDeployment();
    }
    return place.told() ? Optional.of(state) : Optional.empty();
  }

  private void dropDeployment() {
    boolean unwanted =
        !resource.getSpec().paused() && resource.getSpec().control().host() == ControlHost.OPERATOR;
    if (unwanted && deployment.isPresent()) {
      LOG.info("{}: control runs in the operator, its Deployment goes", cluster);
      client.resource(deployment.get()).delete();
    }
  }

  private Hosting hosting(Secret certificate) {
    ClusterSpec spec = resource.getSpec();
    EtcdAccess etcd = EtcdAccess.of(spec, names);
    Identity internal = identity(certificate);
    @Nullable ExternalEtcdSpec external = spec.etcd().external();
    return new Hosting(
        new Hosting.Fixed(
            etcd.endpoints().stream().map(URI::create).toList(),
            etcd.namespace(),
            Optional.ofNullable(external)
                .flatMap(e -> Optional.ofNullable(e.userSecret()))
                .map(this::user),
            names.internal(),
            spec.control().shardReplicas(),
            Duration.ofSeconds(spec.control().graceSeconds()),
            Duration.ofMillis(spec.clock().maxOffsetMilliseconds())),
        internal,
        external == null
            ? Optional.of(internal)
            : Optional.ofNullable(external.tlsSecret()).map(s -> identity(given(s))));
  }

  private Hosting.User user(String secret) {
    Secret given = given(secret);
    return new Hosting.User(entry(given, "username"), entry(given, "password").strip());
  }

  private static Identity identity(Secret secret) {
    return new Identity(
        entry(secret, ClusterSecrets.CERTIFICATE),
        entry(secret, ClusterSecrets.KEY),
        entry(secret, ClusterSecrets.AUTHORITY));
  }

  private static String entry(Secret secret, String name) {
    String text = ClusterSecrets.text(secret, name);
    if (text.isEmpty()) {
      throw new PkiException(
          "Secret %s has no entry '%s'".formatted(secret.getMetadata().getName(), name));
    }
    return text;
  }

  /** One that is not the operator's, and not in its cache. */
  private Secret given(String name) {
    Secret secret = client.secrets().inNamespace(names.namespace()).withName(name).get();
    if (secret == null) {
      throw new PkiException("Secret " + name + " is not there");
    }
    return secret;
  }
}
