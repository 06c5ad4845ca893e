package io.vecraft.operator.engine;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.ClusterStatus;
import io.vecraft.crd.cluster.VecraftCluster;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** Finds the gateways of a cluster by its resource. */
public final class Gateways {
  private Gateways() {}

  /** The name of the Secret with the certificate that the operator makes for clients to see. */
  public static String publicCertificate(String cluster) {
    return cluster + "-gateway-public";
  }

  /**
   * The gateways of a cluster, with its first key; empty as long as its status does not name both,
   * or the key is not there.
   *
   * @param owner on whose behalf collections are made and changed
   */
  public static Optional<Gateway> of(
      KubernetesClient client, VecraftCluster cluster, String owner) {
    Optional<ClusterStatus> status = Optional.ofNullable(cluster.getStatus());
    Optional<String> key =
        status
            .map(ClusterStatus::bootstrapKeySecret)
            .map(secret ->
                client
                    .secrets()
                    .inNamespace(cluster.getMetadata().getNamespace())
                    .withName(secret)
                    .get())
            .map(Secret::getData)
            .map(data -> data.get("key"))
            .map(value ->
                new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8).strip());
    return status
        .map(ClusterStatus::endpoint)
        .flatMap(endpoint -> key.map(k -> gateway(client, cluster, endpoint, k, owner)));
  }

  private static Gateway gateway(
      KubernetesClient client, VecraftCluster cluster, String endpoint, String key, String owner) {
    HttpClient http =
        authority(client, cluster).map(Connections::trusting).orElseGet(Connections::toAnybody);
    return new Gateway(http, endpoint, key, owner);
  }

  /** Who has signed what the gateways show, where that is in their Secret. */
  private static Optional<String> authority(KubernetesClient client, VecraftCluster cluster) {
    return cluster
        .getSpec()
        .gateway()
        .https()
        .map(tls ->
            client
                .secrets()
                .inNamespace(cluster.getMetadata().getNamespace())
                .withName(tls.given().orElse(publicCertificate(cluster.getMetadata().getName())))
                .get())
        .map(Secret::getData)
        .map(data -> data.get("ca.crt"))
        .map(value -> new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
  }
}
