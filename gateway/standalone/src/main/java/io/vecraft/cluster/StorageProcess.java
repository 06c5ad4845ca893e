package io.vecraft.cluster;

import io.vecraft.gateway.call.Health;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.client.Attempts;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.query.SamplingClock;
import io.vecraft.standalone.EngineConfigs;
import io.vecraft.standalone.EngineLimit;
import io.vecraft.storage.node.StorageConfig;
import io.vecraft.storage.node.StorageNode;
import io.vecraft.storage.rpc.GrpcPlacementService;
import io.vecraft.storage.rpc.GrpcStorageService;
import io.vecraft.storage.rpc.StorageRpcSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A storage node as a process of its own. It has replicas of the shards that SYSTEM places on it.
 */
public final class StorageProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StorageProcess.class);

  /** Exit status of a process whose storage could have become wrong. */
  private static final int EXIT_FATAL = 70;

  private final Node node;
  private final HostAndPort address;

  private StorageProcess(Node node, HostAndPort address) {
    this.node = node;
    this.address = address;
  }

  /**
   * How it stores.
   *
   * @param directory where its checkpoints are, made when absent
   * @param pool whose collections it has replicas of
   * @param checkpointInterval how often what has changed is written
   * @param limits those that are not at their defaults
   */
  public record Settings(
      Path directory, String pool, Duration checkpointInterval, Map<EngineLimit, Long> limits) {
    public Settings {
      if (!NodePool.isName(pool)) {
        throw new IllegalArgumentException("--pool " + NodePool.mustBeName(pool));
      }
    }

    long limit(EngineLimit limit) {
      return EngineConfigs.value(limits, limit);
    }
  }

  /** Starts it; returns once it serves reads, as stale as its checkpoints. */
  public static StorageProcess start(NodeSettings common, Settings settings) {
    Node node = Node.open("storage", common);
    try {
      return assemble(node, settings);
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static StorageProcess assemble(Node node, Settings settings) {
    ClusterRecord cluster = node.awaitCluster();
    JournalConnection journal =
        node.add(
            JournalConnection.open(cluster, node.channels(), node.settings().maxClockOffset()));
    var clock = new SamplingClock(journal.clock());
    StorageNodes others = node.add(StorageNodes.others(node));
    StorageConfig config =
        StorageConfig.of(
                node.settings().name(),
                directory(settings.directory()),
                journal.made(),
                StorageProcess::endProcess)
            .withCheckpointInterval(settings.checkpointInterval())
            .withIdleClose(Duration.ZERO)
            .withOthers(others::now)
            .withPeers(others::checkpoints)
            .withLimits(
                (int) settings.limit(EngineLimit.UNLINKED_VECTORS),
                (int) settings.limit(EngineLimit.PINS),
                Duration.ofSeconds(settings.limit(EngineLimit.DEDUP_WINDOW_S)));
    StorageNode storage =
        node.add(
            Attempts.until(
                "the journal",
                () -> Attempts.once(() -> StorageNode.open(config, journal.journal(), clock))));
    var service = new GrpcStorageService(storage, StorageRpcSettings.defaults());
    var placement = new GrpcPlacementService(storage, StorageRpcSettings.defaults());
    InternalServer server = node.serve(List.of(service, placement));
    // Closed before the server, which else waits for watches that never end.
    node.add(service);
    NodeMetrics.storage(node.metrics(), storage);
    ReplayStatus replay = node.add(ReplayStatus.start(storage, clock));
    node.serveOps(
        List.of(
            replay.check(),
            new Health.Check(
                "replicas",
                () ->
                    storage.readers().stream()
                        .flatMap(r -> r.stats().damage().stream())
                        .findFirst())));
    HostAndPort address = node.settings().advertise(server.port());
    node.register(address, NodeRegistration.newBuilder().setPool(NodePool.stored(settings.pool())));
    return new StorageProcess(node, address);
  }

  private static Path directory(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + path, e);
    }
  }

  private static void endProcess(Throwable cause) {
    LOG.error("the storage node cannot go on: the process ends", cause);
    Runtime.getRuntime().halt(EXIT_FATAL);
  }

  /** Where the others find it. */
  public HostAndPort address() {
    return address;
  }

  /** Leaves the cluster, lets calls end, makes everything durable. Idempotent. */
  @Override
  public void close() {
    node.close();
  }
}
