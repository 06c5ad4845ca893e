package io.vecraft.journal.meta;

import io.vecraft.journal.tls.IdentityFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How etcd is reached.
 *
 * @param endpoints members' client URLs, {@code http} or {@code https}, at least one
 * @param namespace put before every key, so that clusters can share an etcd; begins and ends with
 *     {@code /}
 * @param credentials user and password, where etcd has authentication on
 * @param tls certificates, where the endpoints are {@code https}
 * @param timeout of one call, positive
 */
public record EtcdSettings(
    List<URI> endpoints,
    String namespace,
    Optional<Credentials> credentials,
    Optional<Tls> tls,
    Duration timeout) {

  /** The time that a call has by default. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  /** A user of etcd. The password is not part of the text form. */
  public record Credentials(String user, String password) {
    @Override
    public String toString() {
      return "Credentials[user=" + user + "]";
    }
  }

  /**
   * PEM files, which are read again while a store is open.
   *
   * @param authority certificates of the authority that etcd's own certificate is checked against
   * @param identity certificate and key that this process shows, where etcd asks for one
   */
  public record Tls(Path authority, Optional<IdentityFiles> identity) {}

  public EtcdSettings {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("etcd needs at least one endpoint");
    }
    for (URI endpoint : endpoints) {
      String scheme = String.valueOf(endpoint.getScheme());
      if (!(scheme.equals("http") || scheme.equals("https")) || endpoint.getHost() == null) {
        throw new IllegalArgumentException(
            "etcd endpoint " + endpoint + " is not http://HOST:PORT or https://HOST:PORT");
      }
      if (scheme.equals("https") != tls.isPresent()) {
        throw new IllegalArgumentException(
            "etcd endpoint "
                + endpoint
                + (tls.isPresent() ? " is not https" : " needs certificates"));
      }
    }
    if (!namespace.startsWith("/") || !namespace.endsWith("/")) {
      throw new IllegalArgumentException("namespace " + namespace + " is not /.../");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout " + timeout + " is not positive");
    }
  }

  /** Plain connections without authentication, for an etcd on loopback. */
  public static EtcdSettings plain(List<URI> endpoints, String namespace) {
    return new EtcdSettings(
        endpoints, namespace, Optional.empty(), Optional.empty(), DEFAULT_TIMEOUT);
  }
}
