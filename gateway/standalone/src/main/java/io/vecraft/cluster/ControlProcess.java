package io.vecraft.cluster;

import io.vecraft.gateway.call.Health;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.meta.LeaderElection;
import io.vecraft.journal.meta.placement.ReplicaPlan;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.proto.journal.ClusterRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The process that keeps the replicas of shards where they are wanted, the shards in the partitions
 * where they are wanted, and the journal's nodes as many as there are to be: it observes, plans,
 * applies and reports, again and again ({@link ControlLoop}, {@link ShardMoveLoop}, {@link
 * JournalLoop}). Of several one is elected. A cluster goes on reading and writing without.
 */
public final class ControlProcess implements AutoCloseable {
  /** How long a control process that is gone is not followed. */
  private static final Duration LEADERSHIP = Duration.ofSeconds(10);

  private final Node node;
  private final HostAndPort address;

  private ControlProcess(Node node, HostAndPort address) {
    this.node = node;
    this.address = address;
  }

  /**
   * How it controls.
   *
   * @param plan what is wanted
   * @param grace how long a storage node may be away before its replicas are made elsewhere, and a
   *     journal node before a spare gets its place
   * @param interval from the end of one pass to the beginning of the next
   */
  public record Settings(ReplicaPlan.Settings plan, Duration grace, Duration interval) {
    public Settings {
      if (grace.isNegative() || interval.toMillis() < 1) {
        throw new IllegalArgumentException("grace is at least 0 and the interval at least 1 ms");
      }
    }
  }

  /** Starts it; returns once it stands for election. */
  public static ControlProcess start(NodeSettings common, Settings settings) {
    Node node = Node.open("control", common);
    try {
      return assemble(node, settings);
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static ControlProcess assemble(Node node, Settings settings) {
    ClusterRecord cluster = node.awaitCluster();
    JournalConnection journal = node.add(JournalConnection.open(cluster, node.channels()));
    FollowedCatalog catalog = node.add(FollowedCatalog.open(node.meta(), journal));
    var offsets = node.add(ClockOffsets.follow(node.registry(), node.time()));
    var observer = node.add(StorageObserver.follow(node, journal.clock(), settings.grace()));
    LeaderElection election =
        node.add(node.registry().electControl(node.settings().name(), LEADERSHIP));
    var writer = new ReplicaMapWriter(journal.journal(), node.settings().name());
    ControlLoop loop = node.add(ControlLoop.start(election, catalog, observer, writer, settings));
    node.add(
        JournalLoop.start(
            node,
            JournalConnection.groupOf(cluster),
            catalog,
            loop::epoch,
            writer,
            offsets,
            settings));
    ShardMoveLoop shards =
        node.add(
            ShardMoveLoop.start(
                journal.journal(),
                catalog,
                loop::epoch,
                node.settings().name(),
                settings.interval()));
    ControlMetrics.register(node.metrics(), loop, shards, offsets);
    InternalServer server = node.serve(List.of());
    node.serveOps(
        List.of(answered(election)),
        new OpsServer.Page("/placement", () -> PlacementText.of(loop.observed())));
    HostAndPort address = node.settings().advertise(server.port());
    node.register(address);
    return new ControlProcess(node, address);
  }

  /** Without the metadata store nobody can lead. */
  private static Health.Check answered(LeaderElection election) {
    return new Health.Check(
        "etcd",
        () ->
            election.isAnswered()
                ? Optional.empty()
                : Optional.of("the metadata store does not answer"));
  }

  /** Where the others find it. */
  public HostAndPort address() {
    return address;
  }

  /** Ends the pass under way, gives leadership back, leaves the cluster. Idempotent. */
  @Override
  public void close() {
    node.close();
  }
}
