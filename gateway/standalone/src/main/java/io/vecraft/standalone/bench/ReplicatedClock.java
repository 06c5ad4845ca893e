package io.vecraft.standalone.bench;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.GrpcClockMember;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.log.raft.WarmUp;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.GrpcClockService;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.server.ReplicaConfig;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.ClockReading;
import io.vecraft.journal.time.LocalClockMember;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.StampClock;
import io.vecraft.net.FreePorts;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Upsert;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * Three journal nodes in this process, whose clock is the group of the three, each but one's own
 * behind a socket, or one local clock: the same log, the same way of an append, in turns.
 */
final class ReplicatedClock implements AutoCloseable {
  private static final int PARTITION = Partitions.FIRST_DATA;
  private static final int NODES = 3;
  private static final int RECORD_BYTES = 512;
  private static final long EPOCH = 1;
  private static final AppendBatchResponse NONE = AppendBatchResponse.getDefaultInstance();
  private static final Duration CALL = Duration.ofSeconds(3);

  private static final Duration WITHOUT_LEADER = Duration.ofMillis(10);

  private final List<AutoCloseable> parts = new ArrayList<>();
  private final List<JournalServer> journals = new ArrayList<>();
  private final List<Switch> clocks = new ArrayList<>();
  private long next;

  /** The journal that took the last append. */
  private int leader;

  /** A clock that is one of two. */
  private record Switch(StampClock group, StampClock local, boolean[] grouped)
      implements StampClock {
    private StampClock now() {
      return grouped[0] ? group : local;
    }

    @Override
    public CompletableFuture<Long> ask() {
      return now().ask();
    }

    @Override
    public CompletableFuture<Void> store(long stamp) {
      return now().store(stamp);
    }

    @Override
    public CompletableFuture<List<ClockReading>> readings() {
      return now().readings();
    }

    @Override
    public long latest() {
      return now().latest();
    }
  }

  /** Milliseconds. */
  record Quantiles(double p50, double p95) {
    static Quantiles of(List<Long> nanos) {
      long[] sorted = nanos.stream().mapToLong(n -> n).sorted().toArray();
      return new Quantiles(at(sorted, 0.5), at(sorted, 0.95));
    }

    private static double at(long[] sorted, double part) {
      return sorted[(int) (part * (sorted.length - 1))] / 1e6;
    }
  }

  /**
   * What one clock led to.
   *
   * @param append from the call to the acknowledgement
   * @param cpuMillis CPU time of this process, which is all three nodes and the caller, an append
   * @param round one ask alone
   * @param compiling time that the compiler took beside it, as a part of the time measured
   */
  record Times(
      String clock,
      int appends,
      Quantiles append,
      double cpuMillis,
      Quantiles round,
      double compiling) {}

  static ReplicatedClock open(Path directory) throws IOException {
    var opened = new ReplicatedClock();
    try {
      opened.start(directory);
      return opened;
    } catch (IOException | RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  private void start(Path directory) throws IOException {
    var identity = new ClusterIdentity(UUID.randomUUID(), 1, new Partitions(1));
    List<RaftMember> raft = members();
    List<LocalClockMember> members = new ArrayList<>();
    List<HostAndPort> addresses = new ArrayList<>();
    for (int n = 0; n < NODES; n++) {
      LocalClockMember member = member("n" + n, directory.resolve("n" + n));
      members.add(member);
      var server =
          add(
              InternalServer.start(
                  new HostAndPort("127.0.0.1", 0),
                  Optional.empty(),
                  List.of(new GrpcClockService(member))));
      addresses.add(new HostAndPort("127.0.0.1", server.port()));
    }
    InternalChannels channels = add(new InternalChannels(Optional.empty()));
    for (int n = 0; n < NODES; n++) {
      List<ClockMember> group = new ArrayList<>();
      for (int m = 0; m < NODES; m++) {
        group.add(
            m == n
                ? members.get(m)
                : new GrpcClockMember("n" + m, channels.to(addresses.get(m)), CALL));
      }
      LocalClockMember alone = member("alone" + n, directory.resolve("alone" + n));
      var clock =
          new Switch(
              new QuorumClock(new ClockGroup(EPOCH, group), spread -> {}),
              new QuorumClock(new ClockGroup(EPOCH, List.of(alone)), spread -> {}),
              new boolean[] {true});
      clocks.add(clock);
      journals.add(
          add(
              JournalServer.openReplica(
                  JournalConfig.defaults(directory.resolve("n" + n))
                      .withPartitions(identity.partitions()),
                  ReplicaConfig.defaults(raft.get(n), raft, identity),
                  clock)));
    }
  }

  private LocalClockMember member(String name, Path directory) throws IOException {
    FileClockBound bound = add(FileClockBound.open(Files.createDirectories(directory)));
    var member = new LocalClockMember(name, bound, MachineTime.SYSTEM, Thread.ofVirtual()::start);
    member.install(EPOCH, 0).join();
    return member;
  }

  private <T extends AutoCloseable> T add(T part) {
    parts.addFirst(part);
    return part;
  }

  private static List<RaftMember> members() {
    List<RaftMember> members = new ArrayList<>();
    for (int n = 0; n < NODES; n++) {
      members.add(new RaftMember("n" + n, "127.0.0.1", FreePorts.next()));
    }
    return members;
  }

  /**
   * Measures both in turns, warmed up.
   *
   * @param warmUps turns that do not count, at most
   */
  List<Times> run(Duration turn, int rounds, int warmUps) {
    append(open());
    WarmUp.run(
        () -> {
          turn(turn, true, new Samples("warm up"));
          turn(turn, false, new Samples("warm up"));
        },
        warmUps);
    var group = new Samples("group of three");
    var local = new Samples("one local");
    for (int round = 0; round < rounds; round++) {
      turn(turn, true, group);
      turn(turn, false, local);
    }
    return List.of(group.times(), local.times());
  }

  private static final class Samples {
    final String clock;
    final List<Long> appends = new ArrayList<>();
    final List<Long> rounds = new ArrayList<>();
    long cpuNanos;
    long compilingMillis;
    long nanos;

    Samples(String clock) {
      this.clock = clock;
    }

    Times times() {
      return new Times(
          clock,
          appends.size(),
          Quantiles.of(appends),
          cpuNanos / 1e6 / appends.size(),
          Quantiles.of(rounds),
          compilingMillis * 1e6 / nanos);
    }
  }

  private void turn(Duration turn, boolean grouped, Samples samples) {
    clocks.forEach(c -> c.grouped[0] = grouped);
    long cpu = cpuNanos();
    long compiling = WarmUp.compilingMillis();
    long start = System.nanoTime();
    while (System.nanoTime() - start < turn.toNanos()) {
      Operation operation = upsert();
      long began = System.nanoTime();
      append(operation);
      samples.appends.add(System.nanoTime() - began);
    }
    samples.cpuNanos += cpuNanos() - cpu;
    samples.compilingMillis += WarmUp.compilingMillis() - compiling;
    samples.nanos += System.nanoTime() - start;
    for (int i = 0; i < samples.appends.size() / 4 + 1; i++) {
      long began = System.nanoTime();
      clocks.get(leader).ask().join();
      samples.rounds.add(System.nanoTime() - began);
    }
  }

  private static Operation open() {
    return Operation.newBuilder()
        .setCollectionId(1)
        .setOpenShard(OpenShard.newBuilder().setEpoch(1))
        .build();
  }

  private Operation upsert() {
    byte[] vector = new byte[RECORD_BYTES];
    Arrays.fill(vector, (byte) next);
    return Operation.newBuilder()
        .setCollectionId(1)
        .setShardEpoch(1)
        .setUpsert(
            Upsert.newBuilder().setId("bench-" + next).setVector(ByteString.copyFrom(vector)))
        .build();
  }

  /** Appends at the node that leads, whichever that is. */
  private void append(Operation operation) {
    var request =
        AppendBatchRequest.newBuilder()
            .setPartition(PARTITION)
            .addAppends(
                Append.newBuilder()
                    .setRequestId("bench-" + next++)
                    .setPrincipal("bench")
                    .addOperations(operation))
            .build();
    while (true) {
      AppendBatchResponse response =
          journals.get(leader).appendBatch(request).exceptionally(e -> NONE).join();
      if (response.getResultsCount() == 1 && !response.getResults(0).hasFailure()) {
        return;
      }
      leader = (leader + 1) % NODES;
      LockSupport.parkNanos(WITHOUT_LEADER.toNanos());
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean known
        ? known.getProcessCpuTime()
        : 0;
  }

  @Override
  public void close() throws IOException {
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException("a part of the measurement does not close", e);
      }
    }
  }
}
