package io.vecraft.cluster;

import com.google.common.collect.Sets;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Health;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.Attempts;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.client.JournalGroups;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.log.raft.RaftTls;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.GrpcClockService;
import io.vecraft.journal.server.GrpcJournalAdmin;
import io.vecraft.journal.server.GrpcJournalService;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.server.ReplicaConfig;
import io.vecraft.journal.server.ReplicaId;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.LocalClockMember;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.journal.PartitionStatus;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
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
 * spare, which is not among the members.
 */
public final class JournalProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalProcess.class);
  private static final String METADATA = "the metadata store";
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
   * @param members the journal nodes that the cluster is made with
   * @param raft where this one replicates; empty: as the members say
   * @param dataPartitions of a new cluster
   * @param electionTimeout a follower that hears nothing stands for election after this long to
   *     four times as long
   * @param limits those that are not at their defaults
   * @param bytesMax of all segments; above it writes are refused
   */
  public record Settings(
      Path directory,
      JournalMembers members,
      Optional<HostAndPort> raft,
      int dataPartitions,
      Duration electionTimeout,
      Map<EngineLimit, Long> limits,
      long bytesMax) {}

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
      return assemble(node, settings);
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static JournalProcess assemble(Node node, Settings settings) {
    Path directory = settings.directory();
    Optional<ClusterIdentity> own = ClusterIdentity.read(directory);
    ClusterRecord cluster = establish(node, settings, own);
    String id = id(node, directory, own);
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
            group(node, JournalConnection.groupOf(cluster), member),
            node.settings().maxClockOffset(),
            spread -> LOG.warn("the machine clocks of the clock group are {} ms apart", spread));
    var partitions = new Partitions(cluster.getDataPartitions());
    ReplicaConfig replica =
        replica(
            node.settings(),
            settings,
            self,
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
    var maker = node.add(new PartitionMaker(journal, settings.members().raft()));
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
              public void wanted(int dataPartitions) {
                maker.wanted(dataPartitions);
              }
            }));
    server.add(new GrpcJournalService(new TimedAppends(journal, node.metrics())));
    server.add(new GrpcJournalAdmin(id, journal.admin(), journal::partitions));
    NodeMetrics.journal(node.metrics(), journal, clock);
    node.serveOps(List.of(led(journal), caughtUp(journal)));
    HostAndPort address = node.settings().advertise(server.port());
    place.registered(
        node.register(
            address, NodeRegistration.newBuilder().setReplica(id).setRaftAddress(self.address())));
    return new JournalProcess(node, address);
  }

  /** The id of this node's replicas: that of its data, or one that nobody has had. */
  private static String id(Node node, Path directory, Optional<ClusterIdentity> own) {
    String name = node.settings().name();
    ReplicaId found =
        ReplicaId.read(directory)
            .orElseGet(() ->
                own.isPresent()
                    ? new ReplicaId("", name)
                    : new ReplicaId(UUID.randomUUID().toString(), ""));
    if (found.id().isEmpty()) {
      found.write(directory);
      int generation =
          Attempts.until(
              METADATA,
              () -> Attempts.once(() -> node.registry().claimGeneration(name, found.token())));
      if (generation > 1) {
        LOG.warn(
            "{} was started before, and its data is not in {}: it begins with nothing, as {}, and gets everything from the others once control has put it in its own place",
            name,
            directory,
            RaftMember.idOf(name, generation));
      }
      var taken = new ReplicaId("", RaftMember.idOf(name, generation));
      taken.write(directory);
      return taken.id();
    }
    if (!RaftMember.nameOf(found.id()).equals(name)) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "what is in %s is of %s, not of %s".formatted(directory, found.id(), name),
          "name");
    }
    return found.id();
  }

  private static boolean isNamed(ClusterRecord cluster, String id) {
    return cluster.getJournalList().stream()
        .anyMatch(m -> JournalConnection.replicaId(m).equals(id));
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
            .or(() -> settings.members().raftAddress(name))
            .orElseThrow(() ->
                new VecraftException(
                    ErrorCode.INVALID_ARGUMENT,
                    "journal node %s is not among the members %s: --raft says where it replicates"
                        .formatted(name, settings.members()),
                    "raft"));
    return new RaftMember(id, address.host(), address.port());
  }

  private static ReplicaConfig replica(
      NodeSettings common, Settings settings, RaftMember self, ClusterIdentity cluster) {
    var address = new HostAndPort(self.host(), self.port());
    if (common.tls().isEmpty() && !common.plaintext() && !address.isLoopback()) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          address + " is not a loopback address: replication needs certificates there",
          "members");
    }
    ReplicaConfig plain =
        ReplicaConfig.defaults(self, settings.members().raft(), cluster)
            .withElectionTimeout(
                settings.electionTimeout(), settings.electionTimeout().multipliedBy(2));
    return common
        .tls()
        .map(t -> plain.withTls(new RaftTls(t.certificate(), t.key(), t.authority())))
        .orElse(plain);
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
            .addAllJournal(settings.members().record())
            .build();
    ClusterRecord stands =
        Attempts.until(METADATA, () -> Attempts.once(() -> node.registry().establish(wanted)));
    // Later ones are named by the SYSTEM log, whatever a node was once told.
    if (stands.getClockEpoch() == FIRST_EPOCH
        && !stands.getJournalList().equals(wanted.getJournalList())) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "the cluster's journal nodes are %s, not %s"
              .formatted(JournalMembers.of(stands.getJournalList()), settings.members()),
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

  /** A partition without a leader takes no writes. */
  private static Health.Check led(JournalServer journal) {
    return new Health.Check(
        "journal",
        () ->
            journal.status().getPartitionsList().stream()
                .filter(p -> p.getLeader().isEmpty())
                .map(PartitionStatus::getPartition)
                .findFirst()
                .map(p -> "partition " + p + " has no leader"));
  }

  /**
   * Until its replicas have once applied what is committed, others must not end: together with
   * theirs it may be what a majority needs.
   */
  private static Health.Check caughtUp(JournalServer journal) {
    Set<Integer> reached = ConcurrentHashMap.newKeySet();
    return new Health.Check(
        "replicas",
        () -> {
          Set<Integer> behind = new TreeSet<>(journal.partitions());
          behind.removeIf(p -> reached.contains(p) || journal.admin().isCaughtUp(p));
          reached.addAll(Sets.difference(journal.partitions(), behind));
          return behind.isEmpty()
              ? Optional.empty()
              : Optional.of("replicas of partitions " + behind + " have not caught up");
        });
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
