package io.vecraft.cluster;

import io.vecraft.gateway.call.Health;
import io.vecraft.journal.client.FollowedCatalog;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.query.ClockSampler;
import io.vecraft.query.ClusterAccess;
import io.vecraft.query.LocalQueryProcessor;
import io.vecraft.query.SamplingClock;
import io.vecraft.query.rpc.GrpcQueryService;
import io.vecraft.standalone.EngineConfigs;
import io.vecraft.standalone.EngineLimit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A query processor as a process of its own. */
public final class QueryProcess implements AutoCloseable {
  private final Node node;
  private final HostAndPort address;

  private QueryProcess(Node node, HostAndPort address) {
    this.node = node;
    this.address = address;
  }

  /**
   * Starts it; returns once it answers.
   *
   * @param limits those that are not at their defaults
   */
  public static QueryProcess start(NodeSettings common, Map<EngineLimit, Long> limits) {
    Node node = Node.open("query", common);
    try {
      return assemble(node, limits);
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static QueryProcess assemble(Node node, Map<EngineLimit, Long> limits) {
    JournalConnection journal =
        node.add(
            JournalConnection.open(
                node.awaitCluster(), node.channels(), node.settings().maxClockOffset()));
    FollowedCatalog catalog = node.add(FollowedCatalog.open(node.meta(), journal));
    StorageNodes storage = node.add(StorageNodes.follow(node));
    var clock = new SamplingClock(journal.clock());
    node.add(ClockSampler.start(clock, ClockSampler.PAUSE));
    var cluster = new ClusterAccess(journal.journal(), clock, catalog, storage::now);
    var query = node.add(new LocalQueryProcessor(EngineConfigs.query(limits), cluster));
    InternalServer server = node.serve(List.of(new GrpcQueryService(query)));
    node.serveOps(List.of(reachable(storage)));
    HostAndPort address = node.settings().advertise(server.port());
    node.register(address);
    return new QueryProcess(node, address);
  }

  /** Without a storage node nothing can be read. */
  private static Health.Check reachable(StorageNodes storage) {
    return new Health.Check(
        "storage",
        () ->
            storage.now().isEmpty()
                ? Optional.of("no storage node is registered")
                : Optional.empty());
  }

  /** Where the others find it. */
  public HostAndPort address() {
    return address;
  }

  /** Leaves the cluster, lets calls end. Idempotent. */
  @Override
  public void close() {
    node.close();
  }
}
