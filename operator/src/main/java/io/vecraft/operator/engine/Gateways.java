package io.vecraft.operator.engine;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.ClusterStatus;
import io.vecraft.crd.cluster.VecraftCluster;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** Finds the gateways of a cluster by its resource. */
public final class Gateways {
  private Gateways() {}

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
        .flatMap(endpoint -> key.map(k -> new Gateway(endpoint, k, owner)));
  }
}
