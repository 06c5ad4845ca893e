package io.vecraft.standalone;

import io.vecraft.gateway.limits.Limits;
import io.vecraft.storage.replay.ReplayGate;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How a standalone runs. Made by {@link #builder}, which has the defaults.
 *
 * @param dataDirectory everything durable lives below it; made when absent
 * @param host address to bind to; API keys are required unless it is a loopback address
 * @param port port of REST and gRPC; 0 picks a free one
 * @param dataPartitions DATA partitions of a new data directory, 1 to 200; an existing one keeps
 *     its own
 * @param replicas storage nodes in the process, each with a replica of every shard, 1 to 8
 * @param tls certificate and key, reloaded when the files change
 * @param requireKeys whether API keys are required; must be true unless the host is loopback
 * @param embeddingUrls URLs that embedding providers may be at or below
 * @param embeddingKeys directory of their keys; empty allows any file
 * @param limits what the gateway refuses
 * @param engineLimits what the parts behind the gateway hold; every limit has a value
 * @param journalBytesMax all segments of the journal; above it writes get {@code back_pressure}
 * @param checkpointInterval how often storage nodes write what has changed, 1 ms to 1 day; after a
 *     restart they replay what came later
 * @param journalKeepBytes bytes of each partition of the journal that are kept when nobody needs
 *     them any more; 0 keeps everything
 * @param acceptLoss start although the journal is damaged, without the damaged records
 * @param gates by the name of a storage node, what holds its replay back; for tests and
 *     measurements
 */
public record StandaloneConfig(
    Path dataDirectory,
    String host,
    int port,
    int dataPartitions,
    int replicas,
    Optional<Tls> tls,
    boolean requireKeys,
    List<URI> embeddingUrls,
    Optional<Path> embeddingKeys,
    Limits limits,
    Map<EngineLimit, Long> engineLimits,
    long journalBytesMax,
    Duration checkpointInterval,
    long journalKeepBytes,
    boolean acceptLoss,
    Function<String, ReplayGate> gates) {

  public static final int DEFAULT_PORT = 8750;
  public static final int MAX_REPLICAS = 8;
  public static final Duration CHECKPOINT_INTERVAL_DEFAULT = Duration.ofSeconds(60);
  private static final Duration CHECKPOINT_INTERVAL_MAX = Duration.ofDays(1);

  /**
   * Files of a server's TLS identity, PEM.
   *
   * @param certificate certificate chain
   * @param key private key, PKCS#8
   */
  public record Tls(Path certificate, Path key) {}

  public StandaloneConfig {
    embeddingUrls = List.copyOf(embeddingUrls);
    engineLimits = Map.copyOf(EngineLimit.with(engineLimits));
    requireRange("port", port, 0, 65_535);
    requireRange("data-partitions", dataPartitions, 1, 200);
    requireRange("replicas", replicas, 1, MAX_REPLICAS);
    if (journalBytesMax < 1 << 20) {
      throw new IllegalArgumentException(
          "journal-bytes-max " + journalBytesMax + " is below " + (1 << 20));
    }
    if (checkpointInterval.toMillis() < 1
        || checkpointInterval.compareTo(CHECKPOINT_INTERVAL_MAX) > 0) {
      throw new IllegalArgumentException(
          "checkpoint-interval-ms %d not in 1..%d"
              .formatted(checkpointInterval.toMillis(), CHECKPOINT_INTERVAL_MAX.toMillis()));
    }
    if (journalKeepBytes < 0) {
      throw new IllegalArgumentException("journal-keep-bytes " + journalKeepBytes + " is below 0");
    }
    if (!requireKeys && !isLoopback(host)) {
      throw new IllegalArgumentException(
          "API keys can be left out only on a loopback address, not on " + host);
    }
  }

  /** The value of a limit of the parts behind the gateway. */
  public long limit(EngineLimit limit) {
    return engineLimits.getOrDefault(limit, limit.byDefault());
  }

  /** A builder with the defaults: loopback, port 8750, two DATA partitions, one replica, no TLS. */
  public static Builder builder(Path dataDirectory) {
    return new Builder(dataDirectory);
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

  /** Collects settings; not for use by several threads. */
  public static final class Builder {
    private final Path dataDirectory;
    private String host = "127.0.0.1";
    private int port = DEFAULT_PORT;
    private int dataPartitions = 2;
    private int replicas = 1;
    private Optional<Tls> tls = Optional.empty();
    private Optional<Boolean> requireKeys = Optional.empty();
    private List<URI> embeddingUrls = List.of();
    private Optional<Path> embeddingKeys = Optional.empty();
    private Limits limits = Limits.defaults();
    private Map<EngineLimit, Long> engineLimits = Map.of();
    private long journalBytesMax = 1L << 40;
    private Duration checkpointInterval = CHECKPOINT_INTERVAL_DEFAULT;
    private long journalKeepBytes;
    private boolean acceptLoss;
    private Function<String, ReplayGate> gates = node -> ReplayGate.OPEN;

    private Builder(Path dataDirectory) {
      this.dataDirectory = dataDirectory.toAbsolutePath().normalize();
    }

    public Builder host(String value) {
      host = value;
      return this;
    }

    public Builder port(int value) {
      port = value;
      return this;
    }

    public Builder dataPartitions(int value) {
      dataPartitions = value;
      return this;
    }

    public Builder replicas(int value) {
      replicas = value;
      return this;
    }

    public Builder tls(Optional<Tls> value) {
      tls = value;
      return this;
    }

    /** Without it keys are required exactly when the host is not a loopback address. */
    public Builder requireKeys(boolean value) {
      requireKeys = Optional.of(value);
      return this;
    }

    public Builder embeddingKeys(Optional<Path> value) {
      embeddingKeys = value;
      return this;
    }

    public Builder embeddingUrls(List<URI> value) {
      embeddingUrls = value;
      return this;
    }

    public Builder limits(Limits value) {
      limits = value;
      return this;
    }

    /** Changed limits of the parts behind the gateway; the others keep their defaults. */
    public Builder engineLimits(Map<EngineLimit, Long> changes) {
      engineLimits = Map.copyOf(changes);
      return this;
    }

    public Builder journalBytesMax(long value) {
      journalBytesMax = value;
      return this;
    }

    public Builder checkpointInterval(Duration value) {
      checkpointInterval = value;
      return this;
    }

    public Builder journalKeepBytes(long value) {
      journalKeepBytes = value;
      return this;
    }

    public Builder acceptLoss(boolean value) {
      acceptLoss = value;
      return this;
    }

    public Builder gates(Function<String, ReplayGate> value) {
      gates = value;
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException that names the setting and its range
     */
    public StandaloneConfig build() {
      return new StandaloneConfig(
          dataDirectory,
          host,
          port,
          dataPartitions,
          replicas,
          tls,
          requireKeys.orElseGet(() -> !isLoopback(host)),
          embeddingUrls,
          embeddingKeys,
          limits,
          engineLimits,
          journalBytesMax,
          checkpointInterval,
          journalKeepBytes,
          acceptLoss,
          gates);
    }
  }
}
