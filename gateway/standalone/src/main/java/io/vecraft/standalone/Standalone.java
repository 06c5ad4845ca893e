package io.vecraft.standalone;

import io.vecraft.error.VecraftException;
import io.vecraft.gateway.GatewayConfig;
import io.vecraft.gateway.GatewayParts;
import io.vecraft.gateway.GatewayServer;
import io.vecraft.gateway.TlsFiles;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.embedding.EmbeddingPolicy;
import io.vecraft.gateway.embedding.EmbeddingProviders;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.gateway.write.JournalCollectionAdmin;
import io.vecraft.gateway.write.JournalLineage;
import io.vecraft.gateway.write.JournalWritePath;
import io.vecraft.gateway.write.RequestIdGuard;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.meta.MetaStore;
import io.vecraft.journal.meta.MetaStoreException;
import io.vecraft.journal.meta.SqliteMetaStore;
import io.vecraft.journal.meta.SystemProjection;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.query.ClockSampler;
import io.vecraft.query.ClusterAccess;
import io.vecraft.query.LocalQueryProcessor;
import io.vecraft.query.SamplingClock;
import io.vecraft.storage.node.ReplicaComparison;
import io.vecraft.storage.node.StorageConfig;
import io.vecraft.storage.node.StorageNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole Vecraft in one process: journal, metadata store, storage nodes, query processor and
 * gateway, with the code and the files on disk that separate processes use; only the calls between
 * them are in-process.
 *
 * <p>Below the data directory: {@code journal/} (segments, identity, the clock's bound), {@code
 * meta.db} (a projection, made again when lost), {@code nodes/NAME/} (checkpoints of each storage
 * node), {@code admin.key} (where keys are required).
 *
 * <p>Parts start in the order of the arrows between them and end in the opposite order; a start
 * that fails half-way closes what it had opened.
 */
public final class Standalone implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Standalone.class);

  /** How often replicas of a shard are compared, which reads all of their records. */
  private static final Duration COMPARISON_INTERVAL = Duration.ofMinutes(10);

  /** Exit status of a process that must not go on: its storage could have become wrong. */
  private static final int EXIT_FATAL = 70;

  private final Deque<AutoCloseable> opened;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final GatewayServer gateway;
  private final List<StorageNode> nodes;

  private Standalone(Deque<AutoCloseable> opened, GatewayServer gateway, List<StorageNode> nodes) {
    this.opened = opened;
    this.gateway = gateway;
    this.nodes = nodes;
  }

  /**
   * Starts it; returns once the port is open. It answers, and says how stale, before replay has
   * ended.
   *
   * @throws VecraftException {@code data_damaged} when the journal is damaged and the loss is not
   *     accepted, {@code unavailable} when another process uses the directory
   */
  public static Standalone start(StandaloneConfig config) {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      return assemble(config, opened);
    } catch (RuntimeException | Error e) {
      closeAll(opened);
      throw e;
    }
  }

  private static Standalone assemble(StandaloneConfig config, Deque<AutoCloseable> opened) {
    Path journalDirectory = directory(config.dataDirectory().resolve("journal"));
    Partitions partitions =
        ClusterIdentity.read(journalDirectory)
            .map(ClusterIdentity::partitions)
            .orElseGet(() -> new Partitions(config.dataPartitions()));
    FileClockBound bound = open(opened, FileClockBound.open(journalDirectory));
    var clock = new SamplingClock(QuorumClock.single(bound, MachineTime.SYSTEM));
    JournalServer journal =
        open(
            opened, JournalServer.open(journalConfig(config, journalDirectory, partitions), clock));
    MetaStore meta = open(opened, openMetaStore(config.dataDirectory().resolve("meta.db")));
    SystemProjection projection = SystemProjection.open(meta, journal, partitions);

    List<StorageNode> nodes = new CopyOnWriteArrayList<>();
    for (int n = 1; n <= config.replicas(); n++) {
      String name = "node-" + n;
      StorageConfig storage =
          StorageConfig.of(
                  name,
                  directory(config.dataDirectory().resolve("nodes").resolve(name)),
                  partitions,
                  Standalone::endProcess)
              .withReadMax(Duration.ofMillis(config.limits().get(Limit.TIMEOUT_MS)))
              .withPeers(() -> nodes)
              .withCheckpointInterval(config.checkpointInterval())
              .withLimits(
                  (int) config.limit(EngineLimit.UNLINKED_VECTORS),
                  (int) config.limit(EngineLimit.PINS),
                  Duration.ofSeconds(config.limit(EngineLimit.DEDUP_WINDOW_S)))
              .withGate(config.gates().apply(name));
      nodes.add(open(opened, StorageNode.prepare(storage, journal, clock)));
    }
    open(
        opened,
        new Retention(journal, clock, projection::catalog, nodes, config.journalKeepBytes()));
    if (config.replicas() > 1) {
      open(opened, new ReplicaComparison(nodes, COMPARISON_INTERVAL)).start();
    }
    open(opened, ClockSampler.start(clock, ClockSampler.PAUSE));
    var cluster = new ClusterAccess(journal, clock, new ProjectedCatalog(projection), () -> nodes);
    var query =
        open(opened, new LocalQueryProcessor(EngineConfigs.query(config.engineLimits()), cluster));
    var requestIds = new RequestIdGuard(journal);
    var collections = new JournalCollectionAdmin(cluster, requestIds);
    var metrics = new Metrics();
    ProcessMetrics.register(metrics, journal, clock, nodes);
    ProcessMetrics.limits(metrics, config);
    var parts =
        new GatewayParts(
            query,
            new JournalWritePath(
                cluster, collections, requestIds, config.limits().getInt(Limit.RECORD_VERSIONS)),
            collections,
            new JournalLineage(cluster),
            new EmbeddingProviders(
                EmbeddingPolicy.allowing(config.embeddingUrls(), config.embeddingKeys())),
            projection::catalog,
            clock,
            journal.identity().clusterId().toString(),
            journal.identity().incarnation(),
            () -> nodes,
            readiness(journal),
            metrics,
            open(opened, Telemetry.ofEnvironment("standalone", "standalone")).tracing());
    GatewayServer gateway = open(opened, GatewayServer.start(gatewayConfig(config), parts));
    // Last: replay would take the cores from what is still to be started.
    nodes.forEach(StorageNode::beginAfterFirstAnswers);
    return new Standalone(opened, gateway, nodes);
  }

  private static JournalConfig journalConfig(
      StandaloneConfig config, Path directory, Partitions partitions) {
    return EngineConfigs.journal(
            directory, partitions, config.engineLimits(), config.journalBytesMax())
        .withAcceptLoss(config.acceptLoss());
  }

  private static GatewayConfig gatewayConfig(StandaloneConfig config) {
    Optional<String> adminKey =
        config.requireKeys()
            ? Optional.of(AdminKey.load(config.dataDirectory().resolve("admin.key")))
            : Optional.empty();
    return new GatewayConfig(
        config.host(),
        config.port(),
        config.requireKeys(),
        config.tls().map(tls -> new TlsFiles(tls.certificate(), tls.key())),
        adminKey,
        config.limits(),
        0);
  }

  /**
   * The store is a projection: one that cannot be read is put aside and made again from the
   * journal.
   */
  private static MetaStore openMetaStore(Path file) {
    try {
      return SqliteMetaStore.open(file);
    } catch (MetaStoreException e) {
      if (!Files.exists(file)) {
        throw e;
      }
      Path aside = file.resolveSibling(file.getFileName() + ".damaged");
      LOG.warn("the metadata store {} cannot be read and is made again: {}", file, e.getMessage());
      try {
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        for (String companion : List.of("-wal", "-shm")) {
          Files.deleteIfExists(file.resolveSibling(file.getFileName() + companion));
        }
      } catch (IOException moving) {
        throw new UncheckedIOException(moving);
      }
      return SqliteMetaStore.open(file);
    }
  }

  private static List<Health.Check> readiness(JournalServer journal) {
    return List.of(
        new Health.Check(
            "journal",
            () ->
                journal.status().getPartitionsList().stream()
                    .filter(p -> p.getDamageCount() > 0)
                    .map(p -> "partition " + p.getPartition() + ": " + p.getDamage(0))
                    .findFirst()));
  }

  private static void endProcess(Throwable cause) {
    LOG.error("a storage node cannot go on: the process ends", cause);
    Runtime.getRuntime().halt(EXIT_FATAL);
  }

  private static Path directory(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + path, e);
    }
  }

  private static <T extends AutoCloseable> T open(Deque<AutoCloseable> opened, T part) {
    opened.push(part);
    return part;
  }

  private static void closeAll(Deque<AutoCloseable> opened) {
    while (!opened.isEmpty()) {
      AutoCloseable part = opened.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("{} did not close", part.getClass().getSimpleName(), e);
      }
    }
  }

  /** The port it listens on. */
  public int port() {
    return gateway.port();
  }

  /** The storage nodes, for tests and measurements that look at replicas. */
  public List<StorageNode> nodes() {
    return List.copyOf(nodes);
  }

  /** Stops taking requests, lets those in flight end, makes everything durable. Idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      closeAll(opened);
    }
  }

  /** The projection as the query processor and the write path see it. */
  private record ProjectedCatalog(SystemProjection projection) implements CatalogSource {
    @Override
    public Catalog current() {
      return projection.catalog();
    }

    @Override
    public Catalog refresh() {
      return projection.refresh();
    }
  }
}
