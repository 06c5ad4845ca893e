package io.vecraft.cluster;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.Attempts;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.client.JournalGroups;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.GrpcClockService;
import io.vecraft.journal.server.GrpcJournalAdmin;
import io.vecraft.journal.server.GrpcJournalService;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.server.ReplicaConfig;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.LocalClockMember;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.standalone.EngineConfigs;
import io.vecraft.standalone.EngineLimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal node as a process of its own: a replica of every partition, and a member of the clock
 * group.
 *
 * <p>The first one to start makes the cluster's record; the others find it and must have been told
 * the same members. How often a node has begun with nothing is remembered in the metadata store:
 * one that finds itself without data later has forgotten its votes and its stamps. It is somebody
 * else then, with another id, and waits until control puts it in the place of who it was; so does a
 * spare, which is not among the members. A node of another pool is a {@link PoolJournal}.
 */
public final class JournalProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalProcess.class);
  private static final long FIRST_EPOCH = 1;

  private final Node node;
  private final HostAndPort address;

  private JournalProcess(Node node, HostAndPort address) {
    this.node = node;
    this.address = address;
  }

  /**
   * How it keeps the journal.
   *
   * @param directory where, made when absent
   * @param pool whose partitions it has replicas of; in the shared pool it has those of the others,
   *     and is or can become a member of the clock group
   * @param members the journal nodes that the cluster is made with; only another pool needs none
   * @param raft where this one replicates; empty: as the members say
   * @param dataPartitions of a new cluster
   * @param electionTimeout a follower that hears nothing stands for election after this long to
   *     four times as long
   * @param limits those that are not at their defaults
   * @param bytesMax of all segments; above it writes are refused
   */
  public record Settings(
      Path directory,
      String pool,
      Optional<JournalMembers> members,
      Optional<HostAndPort> raft,
      int dataPartitions,
      Duration electionTimeout,
      Map<EngineLimit, Long> limits,
      long bytesMax) {
    public Settings {
      if (!NodePool.isName(pool)) {
        throw new IllegalArgumentException("--pool " + NodePool.mustBeName(pool));
      }
      if (members.isEmpty() && pool.equals(NodePool.SHARED)) {
        throw new IllegalArgumentException(
            "--members says which journal nodes the cluster is made with");
      }
      if (raft.isEmpty() && !pool.equals(NodePool.SHARED)) {
        throw new IllegalArgumentException("--raft says where a node of a pool replicates");
      }
    }

    JournalMembers requireMembers() {
      return members.orElseThrow();
    }
  }

  /**
   * Starts it; returns once it takes part, or waits to be given what it lacks. One whose data is
   * damaged begins with nothing, if the others can do without ({@link DamagedJournal}).
   */
  public static JournalProcess start(NodeSettings common, Settings settings) {
    var damaged = new DamagedJournal(directory(settings.directory()));
    damaged.complete();
    boolean before = ClusterIdentity.read(settings.directory()).isPresent();
    try {
      return open(common, settings);
    } catch (VecraftException e) {
      if (e.code() != ErrorCode.DATA_DAMAGED || !before) {
        throw e;
      }
      damaged.setAside(common, e);
      return open(common, settings);
    }
  }

  private static JournalProcess open(NodeSettings common, Settings settings) {
    Node node = Node.open("journal", common);
    try {
      return settings.pool().equals(NodePool.SHARED)
          ? assemble(node, settings)
          : new JournalProcess(node, PoolJournal.assemble(node, settings));
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static JournalProcess assemble(Node node, Settings settings) {
    Path directory = settings.directory();
    Optional<ClusterIdentity> own = ClusterIdentity.read(directory);
    ClusterRecord cluster = establish(node, settings, own);
    String id = ReplicaSetup.id(node, directory, own);
    RaftMember self = self(node.settings(), settings, cluster, id);
    FileClockBound bound = node.add(FileClockBound.open(directory));
    var member = new LocalClockMember(id, bound, node.time(), Thread.ofVirtual()::start);
    refuseReplaced(cluster, id, member.epoch(), directory);
    if (own.isEmpty() && member.epoch() == 0 && isFirst(cluster, id)) {
      member.install(cluster.getClockEpoch(), 0).join();
    }
    InternalServer server = node.serve(List.of(new GrpcClockService(member)));
    var clock =
        new QuorumClock(
            group(node, JournalLayout.of(cluster).shared(), member),
            node.settings().maxClockOffset(),
            spread -> LOG.warn("the machine clocks of the clock group are {} ms apart", spread));
    var partitions = new Partitions(cluster.getDataPartitions());
    JournalMembers members = settings.requireMembers();
    ReplicaConfig replica =
        ReplicaSetup.config(
            node.settings(),
            settings,
            self,
            members.raft(),
            new ClusterIdentity(
                UUID.fromString(cluster.getClusterId()), cluster.getIncarnation(), partitions));
    JournalServer journal =
        node.add(
            JournalServer.openReplica(
                EngineConfigs.journal(
                    directory, partitions, settings.limits(), settings.bytesMax()),
                replica,
                clock));
    var place = new JournalPlace(id);
    var maker = node.add(new PartitionMaker(journal, id, true, members.raft()));
    node.add(
        JournalGroups.follow(
            journal,
            new JournalGroups.Listener() {
              @Override
              public void group(JournalGroup group) {
                clock.expect(JournalProcess.group(node, group, member));
                place.told(group);
                maker.group(group);
              }

              @Override
              public void group(PartitionGroup group) {
                maker.group(group);
              }

              @Override
              public void wanted(int dataPartitions) {
                maker.wanted(dataPartitions);
              }
            }));
    server.add(new GrpcJournalService(new TimedAppends(journal, node.metrics())));
    server.add(new GrpcJournalAdmin(id, journal.admin(), journal::partitions, maker::done));
    NodeMetrics.journal(node.metrics(), journal, clock);
    node.serveOps(List.of(ReplicaSetup.led(journal), ReplicaSetup.caughtUp(journal)));
    HostAndPort address = node.settings().advertise(server.port());
    place.registered(
        node.register(
            address, NodeRegistration.newBuilder().setReplica(id).setRaftAddress(self.address())));
    return new JournalProcess(node, address);
  }

  private static boolean isNamed(ClusterRecord cluster, String id) {
    return cluster.getJournalList().stream().anyMatch(m -> JournalLayout.replicaId(m).equals(id));
  }

  /** Whether it is one of those that the cluster is made with, and the cluster is being made. */
  private static boolean isFirst(ClusterRecord cluster, String id) {
    return cluster.getClockEpoch() == FIRST_EPOCH && isNamed(cluster, id);
  }

  /** What it has is of no use any more: others have gone on without it. */
  private static void refuseReplaced(ClusterRecord cluster, String id, long epoch, Path directory) {
    if (epoch > 0 && epoch < cluster.getClockEpoch() && !isNamed(cluster, id)) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "%s has been replaced (epoch %d, the journal is at %d): with an empty %s it becomes a spare"
              .formatted(id, epoch, cluster.getClockEpoch(), directory),
          "data");
    }
  }

  private static RaftMember self(
      NodeSettings common, Settings settings, ClusterRecord cluster, String id) {
    String name = common.name();
    HostAndPort address =
        settings
            .raft()
            .or(() ->
                cluster.getJournalList().stream()
                    .filter(m -> m.getName().equals(name))
                    .findFirst()
                    .map(m -> HostAndPort.of(m.getRaftAddress())))
            .or(() -> settings.requireMembers().raftAddress(name))
            .orElseThrow(() ->
                new VecraftException(
                    ErrorCode.INVALID_ARGUMENT,
                    "journal node %s is not among the members %s: --raft says where it replicates"
                        .formatted(name, settings.requireMembers()),
                    "raft"));
    return new RaftMember(id, address.host(), address.port());
  }

  private static ClusterRecord establish(
      Node node, Settings settings, Optional<ClusterIdentity> own) {
    ClusterRecord wanted =
        ClusterRecord.newBuilder()
            .setClusterId(
                own.map(ClusterIdentity::clusterId).orElseGet(UUID::randomUUID).toString())
            .setIncarnation(own.map(ClusterIdentity::incarnation).orElse(1L))
            .setDataPartitions(
                own.map(o -> o.partitions().dataPartitions()).orElse(settings.dataPartitions()))
            .setClockEpoch(FIRST_EPOCH)
            .addAllJournal(settings.requireMembers().record())
            .build();
    ClusterRecord stands =
        Attempts.until(
            ReplicaSetup.METADATA, () -> Attempts.once(() -> node.registry().establish(wanted)));
    // Later ones are named by the SYSTEM log, whatever a node was once told.
    if (stands.getClockEpoch() == FIRST_EPOCH
        && !stands.getJournalList().equals(wanted.getJournalList())) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "the cluster's journal nodes are %s, not %s"
              .formatted(JournalMembers.of(stands.getJournalList()), settings.requireMembers()),
          "members");
    }
    return stands;
  }

  /** A group with this process's own member in it, where that is named. */
  private static ClockGroup group(Node node, JournalGroup group, LocalClockMember member) {
    List<ClockMember> members =
        JournalConnection.clockGroup(group, node.channels()).members().stream()
            .map(m -> m.name().equals(member.name()) ? member : m)
            .toList();
    return new ClockGroup(group.getEpoch(), members);
  }

  private static Path directory(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + path, e);
    }
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
