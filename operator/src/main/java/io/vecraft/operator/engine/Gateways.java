package io.vecraft.operator.engine;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.ClusterStatus;
import io.vecraft.crd.cluster.GatewayTlsSpec;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.pki.PkiException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;

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
   * @throws GatewayException when it cannot be told whom to trust
   */
  public static Optional<Gateway> of(KubernetesClient client, VecraftCluster cluster, String owner)
      throws GatewayException {
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
    Optional<String> endpoint = status.map(ClusterStatus::endpoint);
    if (endpoint.isEmpty() || key.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Gateway(
            connections(client, cluster, endpoint.get()), endpoint.get(), key.get(), owner));
  }

  private static HttpClient connections(
      KubernetesClient client, VecraftCluster cluster, String endpoint) throws GatewayException {
    Optional<GatewayTlsSpec> https = cluster.getSpec().gateway().https();
    if (https.isEmpty() || endpoint.startsWith("http:")) {
      return Connections.plain();
    }
    String name = https.get().given().orElse(publicCertificate(cluster.getMetadata().getName()));
    Secret secret =
        client.secrets().inNamespace(cluster.getMetadata().getNamespace()).withName(name).get();
    return trusting(https.get(), name, Optional.ofNullable(secret));
  }

  /**
   * Connections to gateways that show what is in a Secret. One that is given may be good for other
   * names than the Service's, and be signed by anybody: its own certificate is trusted, and no
   * other. Of one that the operator makes the authority is trusted, so that gateways may show the
   * certificate from before it was renewed.
   *
   * @param name of the Secret
   * @throws GatewayException when the Secret is not there, or nothing can be made of it
   */
  static HttpClient trusting(GatewayTlsSpec tls, String name, Optional<Secret> secret)
      throws GatewayException {
    return tls.given().isPresent()
        ? trusting(Connections::pinned, name, secret, "tls.crt")
        : trusting(Connections::trusting, name, secret, "ca.crt");
  }

  private static HttpClient trusting(
      Function<String, HttpClient> connections, String name, Optional<Secret> secret, String entry)
      throws GatewayException {
    String value =
        secret
            .map(Secret::getData)
            .map(data -> data.get(entry))
            .orElseThrow(
                () -> new GatewayException("Secret " + name + " has no entry '" + entry + "' yet"));
    try {
      return connections.apply(
          new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
    } catch (PkiException | IllegalArgumentException e) {
      String why =
          Optional.ofNullable(e.getCause()).map(Throwable::getMessage).orElse(e.getMessage());
      throw new GatewayException(
          "the certificate in Secret %s cannot be read: %s: %s".formatted(name, entry, why));
    }
  }
}
