package io.vecraft.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * Free TCP ports of the loopback interface for servers that are ended and started again at the same
 * address.
 *
 * <p>A server that lets the kernel choose (port 0) gets one of the ports that the kernel also gives
 * to outgoing connections (on Linux 32768 to 60999 unless set otherwise, see {@code
 * ip_local_port_range} in ip(7)). While such a server is down, any connection of any process may
 * take its port. The ports here are below that range, and none is given twice by one process.
 *
 * <p>Between the look and the use somebody else may still take a port; the range is wide and the
 * choice random, so that two processes that choose at the same moment hardly meet.
 *
 * <p>Thread-safe.
 */
public final class FreePorts {
  /** The lowest port that is given. */
  public static final int LOWEST = 20_000;

  /** The highest port that is given. */
  public static final int HIGHEST = 31_999;

  private static final int TRIES = 1_000;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FreePorts() {}

  /**
   * A port that nobody listens on.
   *
   * @throws IllegalStateException when a thousand tries found none
   */
  public static int next() {
    for (int tries = 0; tries < TRIES; tries++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
      try (var probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        if (GIVEN.add(probe.getLocalPort())) {
          return port;
        }
      } catch (IOException e) {
        // Somebody has it.
        continue;
      }
    }
    throw new IllegalStateException("no free port in " + LOWEST + ".." + HIGHEST);
  }

  /** As many as wanted, each another one. */
  public static List<Integer> next(int count) {
    return Stream.generate(FreePorts::next).limit(count).toList();
  }
}
