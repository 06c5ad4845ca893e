package io.vecraft.standalone;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a standalone runs.
 *
 * @param dataDirectory everything durable lives below it; made when absent
 * @param host address to bind to; API keys are required unless it is a loopback address
 * @param port port of REST and gRPC; 0 picks a free one
 * @param dataPartitions DATA partitions of a new data directory, 1 to 200; an existing one keeps
 *     its own
 * @param replicas storage nodes in the process, each with a replica of every shard, 1 to 8
 * @param tls certificate and key, reloaded when the files change
 * @param requireKeys whether API keys are required; must be true unless the host is loopback
 * @param embeddingUrls prefixes of URLs that embedding providers may be at
 * @param acceptLoss start although the journal is damaged, without the damaged records
 */
public record StandaloneConfig(
    Path dataDirectory,
    String host,
    int port,
    int dataPartitions,
    int replicas,
    Optional<Tls> tls,
    boolean requireKeys,
    List<String> embeddingUrls,
    boolean acceptLoss) {

  public static final int DEFAULT_PORT = 8750;
  public static final int MAX_REPLICAS = 8;

  /**
   * Files of a server's TLS identity, PEM.
   *
   * @param certificate certificate chain
   * @param key private key, PKCS#8
   */
  public record Tls(Path certificate, Path key) {}

  public StandaloneConfig {
    embeddingUrls = List.copyOf(embeddingUrls);
    requireRange("port", port, 0, 65_535);
    requireRange("data partitions", dataPartitions, 1, 200);
    requireRange("replicas", replicas, 1, MAX_REPLICAS);
    if (!requireKeys && !isLoopback(host)) {
      throw new IllegalArgumentException(
          "API keys can be left out only on a loopback address, not on " + host);
    }
  }

  /** Defaults: loopback, port 8750, two DATA partitions, one replica, no TLS. */
  public static StandaloneConfig of(Path dataDirectory) {
    return new StandaloneConfig(
        dataDirectory, "127.0.0.1", DEFAULT_PORT, 2, 1, Optional.empty(), false, List.of(), false);
  }

  public StandaloneConfig withPort(int newPort) {
    return new StandaloneConfig(
        dataDirectory,
        host,
        newPort,
        dataPartitions,
        replicas,
        tls,
        requireKeys,
        embeddingUrls,
        acceptLoss);
  }

  public StandaloneConfig withReplicas(int newReplicas) {
    return new StandaloneConfig(
        dataDirectory,
        host,
        port,
        dataPartitions,
        newReplicas,
        tls,
        requireKeys,
        embeddingUrls,
        acceptLoss);
  }

  /** Whether only this machine can reach the address. */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("unknown host " + host, e);
    }
  }

  private static void requireRange(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " " + value + " not in " + min + ".." + max);
    }
  }
}
