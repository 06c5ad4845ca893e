package io.vecraft.cluster;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Health;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.log.raft.RaftTls;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.GrpcClockService;
import io.vecraft.journal.server.GrpcJournalService;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.server.ReplicaConfig;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.LocalClockMember;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.ClusterRecord;
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
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal node as a process of its own: a replica of every partition, and a member of the clock
 * group.
 *
 * <p>The first one to start makes the cluster's record; the others find it and must have been told
 * the same members. A node remembers in the metadata store that it was started: one that finds
 * itself without data later has forgotten its votes and its stamps, and refuses.
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
   * @param members all journal nodes, this one among them
   * @param dataPartitions of a new cluster
   * @param electionTimeout a follower that hears nothing for this long to twice as long stands for
   *     election
   * @param limits those that are not at their defaults
   * @param bytesMax of all segments; above it writes are refused
   */
  public record Settings(
      Path directory,
      JournalMembers members,
      int dataPartitions,
      Duration electionTimeout,
      Map<EngineLimit, Long> limits,
      long bytesMax) {}

  /** Starts it; returns once it takes part. */
  public static JournalProcess start(NodeSettings common, Settings settings) {
    RaftMember self = settings.members().raft(common.name());
    Node node = Node.open("journal", common);
    try {
      return assemble(node, settings, self);
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static JournalProcess assemble(Node node, Settings settings, RaftMember self) {
    String name = node.settings().name();
    Path directory = directory(settings.directory());
    Optional<ClusterIdentity> own = ClusterIdentity.read(directory);
    boolean before =
        Node.until(METADATA, () -> Attempts.once(() -> node.registry().wasStarted(name)));
    if (own.isEmpty() && before) {
      throw new VecraftException(
          ErrorCode.DATA_DAMAGED,
          "journal node %s was started before, and its data is not in %s: a node that has lost its data must not come back under its name"
              .formatted(name, directory));
    }
    ClusterRecord cluster = establish(node, settings, own);
    FileClockBound bound = node.add(FileClockBound.open(directory));
    var member = new LocalClockMember(name, bound, MachineTime.SYSTEM, Thread.ofVirtual()::start);
    if (own.isEmpty() && member.epoch() == 0) {
      member.install(cluster.getClockEpoch(), 0).join();
    }
    InternalServer server = node.serve(List.of(new GrpcClockService(member)));
    QuorumClock clock = clock(node, cluster, member);
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
    Node.until(
        METADATA,
        () ->
            Attempts.once(() -> {
              node.registry().markStarted(name);
              return true;
            }));
    server.add(new GrpcJournalService(journal));
    NodeMetrics.journal(node.metrics(), journal, clock);
    node.serveOps(List.of(led(journal)));
    HostAndPort address = node.settings().advertise(server.port());
    node.register(address);
    return new JournalProcess(node, address);
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
        Node.until(METADATA, () -> Attempts.once(() -> node.registry().establish(wanted)));
    if (!stands.getJournalList().equals(wanted.getJournalList())) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "the cluster's journal nodes are %s, not %s"
              .formatted(JournalMembers.of(stands.getJournalList()), settings.members()),
          "members");
    }
    return stands;
  }

  private static QuorumClock clock(Node node, ClusterRecord cluster, LocalClockMember member) {
    List<ClockMember> members =
        JournalConnection.clockGroup(cluster, node.channels()).members().stream()
            .map(m -> m.name().equals(member.name()) ? member : m)
            .toList();
    return new QuorumClock(
        new ClockGroup(cluster.getClockEpoch(), members),
        spread -> LOG.warn("the machine clocks of the clock group are {} ms apart", spread));
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
