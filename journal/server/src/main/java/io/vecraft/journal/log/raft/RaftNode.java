package io.vecraft.journal.log.raft;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.tls.RenewedTls;
import io.vecraft.net.Listening;
import io.vecraft.proto.journal.AppliedPosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.ExitUtils;

/**
 * The Raft server of a process: its replicas of all partitions, each a Raft group, on one port.
 *
 * <p>{@link #open}, then {@link #add} for each partition that is known, then {@link #start}: from
 * then on other replicas are answered, and those of more partitions may be added. Safe for
 * concurrent use.
 */
public final class RaftNode implements AutoCloseable {
  private final RaftConfig config;
  private final FileAccess files;
  private final FatalError fatal;
  private final MachineTime time;
  private final Optional<RenewedTls> tls;
  private final RaftServer server;
  private final ClientId client = ClientId.randomId();
  private final Map<RaftGroupId, ReplicaMachine> machines;
  private final Set<RaftGroupId> opened;
  private final AtomicLong calls = new AtomicLong();
  private final Map<RaftGroupId, EntryPosition> floors;
  private final Map<Integer, RaftLog> logs;
  private volatile Optional<FollowerWatch> followers = Optional.empty();

  private RaftNode(
      RaftConfig config,
      FileAccess files,
      FatalError fatal,
      MachineTime time,
      Optional<RenewedTls> tls,
      RaftServer server,
      Map<RaftGroupId, ReplicaMachine> machines,
      Set<RaftGroupId> opened,
      Map<RaftGroupId, EntryPosition> floors,
      Map<Integer, RaftLog> logs) {
    this.config = config;
    this.files = files;
    this.fatal = fatal;
    this.time = time;
    this.tls = tls;
    this.server = server;
    this.machines = machines;
    this.opened = opened;
    this.floors = floors;
    this.logs = logs;
  }

  /**
   * A node without partitions yet.
   *
   * @throws VecraftException {@code unavailable} if its port is taken, {@code invalid_argument} if
   *     its certificates cannot be used
   */
  public static RaftNode open(
      RaftConfig config, FileAccess files, FatalError fatal, MachineTime time) {
    // Or Ratis would end the process for a port that is taken.
    ExitUtils.disableSystemExit();
    var machines = new ConcurrentHashMap<RaftGroupId, ReplicaMachine>();
    Set<RaftGroupId> opened = ConcurrentHashMap.newKeySet();
    var floors = new ConcurrentHashMap<RaftGroupId, EntryPosition>();
    var logs = new ConcurrentHashMap<Integer, RaftLog>();
    var parameters = new Parameters();
    GrpcConfigKeys.Server.setServicesCustomizer(
        parameters,
        new VoteGuard(
            config.self().id(),
            opened::contains,
            group -> hasReached(floors.getOrDefault(group, EntryPosition.NONE), group, logs),
            () -> machines.values().forEach(ReplicaMachine::syncDirectory),
            new ReplicaFiles(
                config.clusterId().toString(), partition -> replicaOf(partition, machines))));
    Optional<RenewedTls> tls = config.tls().map(RaftTls::load);
    tls.ifPresent(t -> GrpcConfigKeys.TLS.setConf(parameters, RaftTls.ratis(t)));
    RaftProperties properties = RatisSettings.of(config);
    try {
      checkPort(config.self());
      files.makeDirectories(config.directory());
      // A server adds the groups that it finds, without their members. It finds none: we add them.
      RatisSettings.storeIn(properties, config.directory().resolve("none"));
      RaftServer server =
          RaftServer.newBuilder()
              .setServerId(RaftPeerId.valueOf(config.self().id()))
              .setStateMachineRegistry(machines::get)
              .setProperties(properties)
              .setParameters(parameters)
              .build();
      RatisSettings.storeIn(properties, config.directory());
      return new RaftNode(config, files, fatal, time, tls, server, machines, opened, floors, logs);
    } catch (IOException e) {
      tls.ifPresent(RenewedTls::close);
      throw new UncheckedIOException("cannot open the Raft node " + config.self().id(), e);
    } catch (RuntimeException e) {
      tls.ifPresent(RenewedTls::close);
      throw e;
    }
  }

  private static boolean hasReached(
      EntryPosition floor, RaftGroupId group, Map<Integer, RaftLog> logs) {
    return floor.equals(EntryPosition.NONE)
        || logs.values().stream()
            .anyMatch(log -> log.group().equals(group) && log.last().compareTo(floor) >= 0);
  }

  private static Optional<Replica> replicaOf(
      int partition, Map<RaftGroupId, ReplicaMachine> machines) {
    return machines.values().stream()
        .filter(machine -> !machine.ended() && machine.replica().partition() == partition)
        .map(ReplicaMachine::replica)
        .findFirst();
  }

  private static ServerSocket listen(RaftMember self) throws IOException {
    var socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(self.host(), self.port()));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void checkPort(RaftMember self) {
    try {
      Listening.open(() -> listen(self)).close();
    } catch (IOException e) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE,
          "cannot listen on the Raft address %s: %s".formatted(self.address(), e.getMessage()));
    }
  }

  /**
   * Takes up the replica of a partition, recovering it.
   *
   * @param first the replicas that the partition is made with, the same on all nodes; read as long
   *     as this replica knows none
   * @param floor last entry of a replica that was here and was deleted. Until the new one has got
   *     as far it votes for nobody: it does not know any more what it has acknowledged, and a
   *     candidate that was away all the while could be elected that lacks it
   * @param cacheBytes newest records kept in memory for readers
   * @param onLeading called when the replica begins to lead, on a thread that it must not block
   * @throws VecraftException {@code data_damaged}, naming the file, when what it had voted for or
   *     acknowledged cannot be read. It must not come back under its id then
   */
  public RaftLog add(
      SegmentSettings segments,
      PartitionSettings partition,
      List<RaftMember> first,
      EntryPosition floor,
      long cacheBytes,
      Runnable onLeading) {
    Path directory = config.directory().resolve(groupId(config, partition).toString());
    Replica replica = Replica.open(config, segments, partition, cacheBytes, files, fatal, time);
    try {
      var storage = new ConsensusFiles(files, directory);
      storage.checkComplete(replica.fresh());
      RaftGroupId group = RaftGroupId.valueOf(groupId(config, partition));
      var machine = new ReplicaMachine(replica, files, fatal, onLeading);
      machines.put(group, machine);
      floors.put(group, floor);
      startGroup(RaftGroup.valueOf(group, peers(replica.durable(), first)), machine, storage);
      storage.checkGoesOn(server.getDivision(group).getRaftLog(), replica.durable());
      opened.add(group);
      var log = new RaftLog(server.getDivision(group), replica, machine, config);
      logs.put(partition.partition(), log);
      return log;
    } catch (IOException e) {
      replica.store().close();
      throw new UncheckedIOException("cannot start partition " + partition.partition(), e);
    } catch (RuntimeException e) {
      replica.store().close();
      throw e;
    }
  }

  /**
   * Deletes the replica of a partition, with all that it has acknowledged and voted for; what is
   * left of one that was not deleted whole is deleted too. Only for a replica that counts no more:
   * the partition's members have agreed on others, who have all that was acknowledged.
   */
  public void remove(PartitionSettings partition) {
    RaftGroupId group = RaftGroupId.valueOf(groupId(config, partition));
    Path directory = config.directory().resolve(group.getUuid().toString());
    opened.remove(group);
    floors.remove(group);
    Optional.ofNullable(logs.remove(partition.partition())).ifPresent(RaftLog::close);
    try {
      if (machines.containsKey(group)) {
        endGroup(group);
        machines.remove(group);
      }
      files.deleteTree(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot delete the replica of partition " + partition.partition(), e);
    }
  }

  private void endGroup(RaftGroupId group) throws IOException {
    var request =
        GroupManagementRequest.newRemove(
            client, server.getId(), calls.incrementAndGet(), group, false, false);
    try {
      RaftClientReply reply = server.groupManagementAsync(request).get();
      if (!reply.isSuccess()) {
        throw new IOException("Ratis keeps the group", reply.getException());
      }
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof GroupMismatchException)) {
        throw new IOException("Ratis keeps the group", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the end was interrupted");
    }
  }

  private void startGroup(RaftGroup group, ReplicaMachine machine, ConsensusFiles storage)
      throws IOException {
    var request =
        GroupManagementRequest.newAdd(
            client, server.getId(), calls.incrementAndGet(), group, false);
    try {
      RaftClientReply reply = server.groupManagementAsync(request).get();
      if (!reply.isSuccess()) {
        throw new IOException("Ratis refuses the group", reply.getException());
      }
    } catch (ExecutionException e) {
      machine.closing();
      throw storage.notOpened(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the start was interrupted");
    }
  }

  /**
   * The members as far as this replica has applied them; Ratis's own log knows later ones. Nobody
   * for a replica that is not among the first ones: it waits for the leader that adds it.
   */
  private List<RaftPeer> peers(AppliedPosition applied, List<RaftMember> first) {
    List<RaftMember> members =
        applied.getReplicasCount() == 0
            ? first.contains(config.self()) ? first : List.of()
            : applied.getReplicasList().stream()
                .map(r -> RaftMember.of(r.getId(), r.getAddress()))
                .toList();
    return members.stream().map(RaftNode::peer).toList();
  }

  static RaftPeer peer(RaftMember member) {
    return RaftPeer.newBuilder().setId(member.id()).setAddress(member.address()).build();
  }

  /**
   * A partition's group: the same on every node of a cluster, and of no other. It stands for what
   * decisions depend on too: nodes that would decide differently do not speak to each other.
   */
  private static UUID groupId(RaftConfig config, PartitionSettings partition) {
    String name =
        "vecraft/%s/%d/%d/%d"
            .formatted(
                config.clusterId(),
                partition.partition(),
                partition.dedupWindow().toMillis(),
                partition.dedupEntries());
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Answers other replicas from now on. */
  public void start() {
    try {
      server.start();
    } catch (IOException | ExitUtils.ExitException e) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "the Raft server does not start: " + e.getMessage());
    }
    followers = Optional.of(new FollowerWatch(logs::values, config.electionTimeoutMax()));
  }

  /** Ends all replicas, each after a checkpoint, and the server. */
  @Override
  public void close() {
    followers.ifPresent(FollowerWatch::close);
    // Side by side: Ratis takes up to a second for each.
    List<Thread> closing =
        logs.values().stream().map(log -> Thread.ofVirtual().start(log::close)).toList();
    closing.forEach(RaftNode::join);
    machines.values().forEach(ReplicaMachine::closing);
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the Raft node " + config.self().id(), e);
    } finally {
      tls.ifPresent(RenewedTls::close);
    }
  }
}
