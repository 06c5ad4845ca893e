package io.vecraft.gateway;

import io.vecraft.gateway.limits.Limits;

/** The edge: REST and gRPC on one port. */
public final class GatewayServer implements AutoCloseable {

  private GatewayServer() {}

  /** Starts it; returns once the port is open. */
  public static GatewayServer start(GatewayConfig config, GatewayParts parts) {
    throw new UnsupportedOperationException(config.toString() + parts + Limits.defaults());
  }

  /** The port it listens on. */
  public int port() {
    throw new UnsupportedOperationException();
  }

  /** Takes no more requests, lets those in flight end, closes the port. Idempotent. */
  @Override
  public void close() {}
}
