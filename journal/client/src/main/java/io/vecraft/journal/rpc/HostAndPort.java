package io.vecraft.journal.rpc;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a process listens, as people write it: {@code HOST:PORT}, {@code [::1]:PORT}.
 *
 * @param host name or address, without brackets
 * @param port 0 to 65,535; 0 stands for a free one
 */
public record HostAndPort(String host, int port) {
  private static final int MAX_PORT = 65_535;

  public HostAndPort {
    if (host.isEmpty() || port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("'" + host + ":" + port + "' is not HOST:PORT");
    }
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException when it is not {@code HOST:PORT}
   */
  public static HostAndPort of(String text) {
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[") && colon > 0 && text.charAt(colon - 1) == ']';
    try {
      if (colon > 0 && (bracketed || text.indexOf(':') == colon)) {
        String host = bracketed ? text.substring(1, colon - 1) : text.substring(0, colon);
        return new HostAndPort(host, Integer.parseInt(text.substring(colon + 1)));
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not HOST:PORT", e);
    }
    throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
  }

  /** Whether only processes of this machine can reach it. */
  public boolean isLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** The same host with another port. */
  public HostAndPort withPort(int other) {
    return new HostAndPort(host, other);
  }

  /** For sockets; resolves the name. */
  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
