package io.vecraft.gateway;

import io.vecraft.gateway.limits.Limits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * How the edge listens.
 *
 * @param host address to bind
 * @param port 0 to 65535; 0 picks a free one
 * @param requireKeys whether a call needs a key; must be true unless the host is a loopback address
 * @param tls files of the certificate; without them the port speaks plain HTTP/1 and h2c
 * @param adminKey a key that is always accepted with the grant {@code admin}: the first one of a
 *     cluster that has none
 * @param limits what is refused
 * @param drainMs how long it goes on answering after it was told to end, and says on each
 *     connection that it will: so that whoever watches {@code /readyz} stays away before the port
 *     closes; 0 to 60,000
 */
public record GatewayConfig(
    String host,
    int port,
    boolean requireKeys,
    Optional<TlsFiles> tls,
    Optional<String> adminKey,
    Limits limits,
    long drainMs) {
  private static final long DRAIN_MS_MAX = 60_000;

  public GatewayConfig {
    if (drainMs < 0 || drainMs > DRAIN_MS_MAX) {
      throw new IllegalArgumentException("--drain-ms " + drainMs + " is not in 0..60000");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("--port " + port + " is not in 0..65535");
    }
    if (!requireKeys && !isLoopback(host)) {
      throw new IllegalArgumentException(
          "keys can be left out only on a loopback address, not on " + host);
    }
  }

  /** Plain on the loopback address, without keys. */
  public static GatewayConfig local(int port) {
    return new GatewayConfig(
        "127.0.0.1", port, false, Optional.empty(), Optional.empty(), Limits.defaults(), 0);
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("--host " + host + " is unknown", e);
    }
  }

  /** Everything but the secret. */
  @Override
  public String toString() {
    return "GatewayConfig[host=%s, port=%d, requireKeys=%s, tls=%s, adminKey=%s]"
        .formatted(host, port, requireKeys, tls, adminKey.isPresent() ? "set" : "not set");
  }
}
