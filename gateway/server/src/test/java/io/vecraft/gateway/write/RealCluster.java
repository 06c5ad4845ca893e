package io.vecraft.gateway.write;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.meta.SqliteMetaStore;
import io.vecraft.journal.meta.SystemProjection;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.query.ClusterAccess;
import io.vecraft.query.ConsistencyLevel;
import io.vecraft.query.LocalQueryProcessor;
import io.vecraft.query.QueryConfig;
import io.vecraft.query.ReadOptions;
import io.vecraft.query.SamplingClock;
import io.vecraft.storage.node.StorageConfig;
import io.vecraft.storage.node.StorageNode;
import io.vecraft.storage.replay.ReplayGate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Everything but the edge, on real files: journal, clock, catalog, storage nodes, query, writes.
 */
final class RealCluster implements AutoCloseable {
  /** Versions that a record may have in its time-travel window. */
  static final int VERSIONS_MAX = 1_000;

  final JournalServer journal;
  final SamplingClock clock;
  final List<StorageNode> nodes = new ArrayList<>();
  final ClusterAccess access;
  final LocalQueryProcessor query;
  final CollectionAdmin admin;
  final WritePath writes;
  final Lineage lineage;
  final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final FileClockBound bound;
  private final SqliteMetaStore meta;

  RealCluster(Path directory, int replicas) {
    this(directory, replicas, node -> ReplayGate.OPEN, api -> api);
  }

  /**
   * @param gates holds replicas back, by number of the node
   * @param edge between the gateway's side and the journal
   */
  RealCluster(
      Path directory,
      int replicas,
      Function<Integer, ReplayGate> gates,
      UnaryOperator<JournalApi> edge) {
    var partitions = new Partitions(2);
    Path journalDirectory = directory.resolve("journal");
    try {
      Files.createDirectories(journalDirectory);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    bound = FileClockBound.open(journalDirectory);
    clock = new SamplingClock(QuorumClock.single(bound, MachineTime.SYSTEM));
    journal =
        JournalServer.open(
            JournalConfig.defaults(journalDirectory).withPartitions(partitions), clock);
    meta = SqliteMetaStore.open(directory.resolve("meta.db"));
    SystemProjection projection = SystemProjection.open(meta, journal, partitions);
    for (int i = 0; i < replicas; i++) {
      String name = "node-" + i;
      nodes.add(
          StorageNode.open(
              StorageConfig.of(name, directory.resolve(name), partitions, failures::add)
                  .withGate(gates.apply(i)),
              journal,
              clock));
    }
    access =
        new ClusterAccess(
            edge.apply(journal),
            clock,
            new CatalogSource() {
              @Override
              public Catalog current() {
                return projection.catalog();
              }

              @Override
              public Catalog refresh() {
                return projection.refresh();
              }
            },
            () -> nodes);
    query = new LocalQueryProcessor(QueryConfig.defaults(), access);
    var guard = new RequestIdGuard(access.journal());
    admin = new JournalCollectionAdmin(access, guard);
    writes = new JournalWritePath(access, admin, guard, VERSIONS_MAX);
    lineage = new JournalLineage(access);
  }

  static Deadline soon() {
    return Deadline.afterMillis(60_000);
  }

  static WriteContext request(String id) {
    return request(id, 0);
  }

  static WriteContext request(String id, long session) {
    return new WriteContext(id, "tester", "", session, soon());
  }

  static ReadOptions strong() {
    return ReadOptions.of(ConsistencyLevel.STRONG, soon());
  }

  @Override
  public void close() {
    query.close();
    nodes.forEach(StorageNode::close);
    journal.close();
    meta.close();
    bound.close();
    if (!failures.isEmpty()) {
      throw new AssertionError("a replica failed", failures.peek());
    }
  }
}
