package io.vecraft.journal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.api.JournalApi.TailListener;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.raft.RaftCluster;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three journal nodes with replicas of all partitions. Election timeout: 300 to 600 ms. */
final class ReplicatedJournalTest {
  private static final ClusterIdentity CLUSTER =
      new ClusterIdentity(new UUID(5, 6), 1, new Partitions(1));
  private static final int DATA = Partitions.FIRST_DATA;

  @TempDir Path directory;
  private final Map<String, JournalServer> nodes = new TreeMap<>();
  private final List<RaftMember> members = RaftCluster.members(List.of("a", "b", "c"));
  private FileClockBound bound;
  private QuorumClock clock;

  @BeforeEach
  void open() {
    bound = FileClockBound.open(directory.resolve("clock"));
    clock = QuorumClock.single(bound, MachineTime.SYSTEM);
    members.forEach(m -> start(m.id()));
  }

  @AfterEach
  void close() {
    RaftCluster.each(List.copyOf(nodes.keySet()), name -> nodes.get(name).close());
    bound.close();
  }

  private void start(String name) {
    nodes.put(name, JournalServer.openReplica(config(name), replica(name), clock));
  }

  private JournalConfig config(String name) {
    return JournalConfig.defaults(directory.resolve(name))
        .withSegmentBytes(1 << 16)
        .withDedup(Duration.ofMillis(1), 1 << 20)
        .withLimits(JournalLimits.REPLICA_DEFAULTS.withAppendBytes(1 << 20));
  }

  private ReplicaConfig replica(String name) {
    RaftMember self = members.stream().filter(m -> m.id().equals(name)).findFirst().orElseThrow();
    return ReplicaConfig.defaults(self, members, CLUSTER)
        .withElectionTimeout(Duration.ofMillis(300), Duration.ofMillis(600));
  }

  private static PartitionStatus status(JournalServer server, int partition) {
    return server.status().getPartitionsList().stream()
        .filter(p -> p.getPartition() == partition)
        .findFirst()
        .orElseThrow();
  }

  /** The node that can answer a barrier. */
  private String leader() {
    return await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(this::leaderNow, Optional::isPresent)
        .orElseThrow();
  }

  private Optional<String> leaderNow() {
    return nodes.keySet().stream()
        .filter(name ->
            nodes.get(name).getOffset(barrier(0)).handle((p, error) -> error == null).join())
        .findFirst();
  }

  private String follower() {
    String leader = leader();
    return nodes.keySet().stream().filter(n -> !n.equals(leader)).findFirst().orElseThrow();
  }

  private static GetOffsetRequest barrier(long closeAtLeast) {
    return GetOffsetRequest.newBuilder().setPartition(DATA).setCloseAtLeast(closeAtLeast).build();
  }

  private static AppendBatchRequest batch(Append... appends) {
    return AppendBatchRequest.newBuilder()
        .setPartition(DATA)
        .addAllAppends(List.of(appends))
        .build();
  }

  private List<AppendResult> append(Append... appends) {
    return RaftCluster.again(() -> nodes.get(leader()).appendBatch(batch(appends)))
        .getResultsList();
  }

  private static ErrorCode code(CompletableFuture<?> failed) {
    return ((VecraftException) failed.exceptionNow()).code();
  }

  @Test
  void theLeaderWritesAndEveryReplicaAnswersFromWhatIsCommitted() {
    List<AppendResult> results =
        append(Appends.open(1, 0), Appends.write("w1", 1, 0), Appends.write("w2", 1, 0));
    assertThat(results).noneMatch(AppendResult::hasFailure);
    String name = follower();
    JournalServer follower = nodes.get(name);
    var append = follower.appendBatch(batch(Appends.write("w3", 1, 0)));
    assertThat(code(append)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(((VecraftException) append.exceptionNow()).reason()).isEqualTo(leader());
    assertThat(code(follower.getOffset(barrier(0)))).isEqualTo(ErrorCode.NOT_LEADER);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(status(follower, DATA).getLastOffset()).isEqualTo(3));
    PullResponse pulled =
        follower.pull(PullRequest.newBuilder().setPartition(DATA).setFromOffset(1).build());
    assertThat(pulled.getRecordsList())
        .extracting(Record::getStamp)
        .isEqualTo(results.stream().map(AppendResult::getStamp).toList());
    assertThat(
            follower.trace(TraceRequest.newBuilder().setRequestId("w2").build()).getRecordsList())
        .hasSize(1);
    assertThat(
            follower
                .findReuse(
                    FindReuseRequest.newBuilder()
                        .setRequestId("w2")
                        .setPrincipal("tester")
                        .setRequestDigest(Appends.write("x", 1, 0).getRequestDigest())
                        .build())
                .getReused())
        .isTrue();
    PartitionStatus status = status(follower, DATA);
    assertThat(status.getLeader()).isEqualTo(leader());
    assertThat(status.getReplicasList()).containsExactly("a", "b", "c");
    assertThat(follower.identity()).isEqualTo(CLUSTER);
  }

  @Test
  void aPartitionIsAddedWhileTheJournalRuns() {
    int added = DATA + 1;
    var barrier = GetOffsetRequest.newBuilder().setPartition(added).build();
    nodes.get("a").addPartition(added, members);
    nodes.get("b").addPartition(added, members);
    nodes.get("b").addPartition(added, members);
    AppendBatchRequest write =
        batch(Appends.open(1, 1), Appends.write("w1", 1, 1)).toBuilder()
            .setPartition(added)
            .build();
    Supplier<Optional<JournalServer>> leads =
        () ->
            nodes.values().stream()
                .filter(n -> n.partitions().contains(added))
                .filter(n -> n.getOffset(barrier).handle((p, error) -> error == null).join())
                .findFirst();
    await().atMost(Duration.ofSeconds(60)).until(() -> leads.get().isPresent());
    assertThat(
            RaftCluster.again(() -> leads.get().orElseThrow().appendBatch(write)).getResultsList())
        .noneMatch(AppendResult::hasFailure);

    // A node that has not heard of it yet says so; others are asked then.
    JournalServer late = nodes.get("c");
    PullRequest all = PullRequest.newBuilder().setPartition(added).setFromOffset(1).build();
    assertThatThrownBy(() -> late.pull(all))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_READY));
    late.addPartition(added, members);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(late.pull(all).getRecordsList()).hasSize(2));

    // One that is started again has it, whatever it is told afterwards.
    nodes.get("b").close();
    start("b");
    assertThat(nodes.get("b").partitions()).contains(added);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(nodes.get("b").pull(all).getRecordsList()).hasSize(2));
    assertThat(nodes.get("b").identity()).isEqualTo(CLUSTER);
    nodes.get("b").close();
    assertThatThrownBy(() -> nodes.get("b").addPartition(added + 1, members))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  @Test
  void aTailAtAFollowerGoesOnWhenAnotherLeads() {
    append(Appends.open(1, 0));
    String name = follower();
    var seen = new ConcurrentLinkedQueue<String>();
    nodes
        .get(name)
        .tail(
            TailRequest.newBuilder().setPartition(DATA).setFromOffset(1).build(),
            new TailListener() {
              @Override
              public void onRecords(PullResponse batch) {
                batch.getRecordsList().forEach(r -> seen.add(r.getRequestId()));
              }

              @Override
              public void onEnd(Throwable cause) {}
            });
    append(Appends.write("before", 1, 0));
    nodes.remove(leader()).close();
    append(Appends.write("after", 1, 0));
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(seen).containsExactly("open-1-0", "before", "after"));
  }

  @Test
  void allNodesComeBackWithWhatWasAcknowledgedAndTheClosedStamp() {
    append(Appends.open(1, 0), Appends.write("w", 1, 0));
    long s = clock.ask().join();
    clock.store(s).join();
    long closed =
        RaftCluster.again(() -> nodes.get(leader()).getOffset(barrier(s))).getClosedStamp();
    assertThat(closed).isGreaterThanOrEqualTo(s);
    List<String> names = List.copyOf(nodes.keySet());
    RaftCluster.each(names, name -> nodes.get(name).close());
    nodes.clear();
    names.forEach(this::start);
    var now = RaftCluster.again(() -> nodes.get(leader()).getOffset(barrier(0)));
    assertThat(now.getOffset()).isEqualTo(2);
    assertThat(now.getClosedStamp()).isGreaterThanOrEqualTo(closed);
    assertThat(append(Appends.write("next", 1, 0)).getFirst().getStamp()).isGreaterThan(closed);
  }

  @Test
  void aPartitionToWhichNothingIsWrittenIsClosedAndALeaderThatEndsHandsOver() {
    append(Appends.open(1, 0), Appends.write("w", 1, 0));
    long stamp = clock.ask().join();
    String name = leader();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(status(nodes.get(name), DATA).getClosedStamp()).isGreaterThan(stamp));
    ReplicaAdmin admin = nodes.get(name).admin();
    assertThat(admin.members(DATA)).hasSameElementsAs(members);
    assertThat(admin.leads(DATA)).isTrue();
    nodes.remove(name).close();
    assertThat(nodes.values()).anyMatch(n -> n.admin().leads(DATA));
    append(Appends.write("after", 1, 0));
  }

  @Test
  void oldSegmentsAreRemovedAtOneReplicaAndTheOthersKeepTheirs() {
    append(Appends.open(1, 0));
    for (int i = 0; i < 20; i++) {
      append(Appends.of("w" + i, Appends.upsert(1, 0, "r" + i, 30_000)));
    }
    String name = follower();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> status(nodes.get(name), DATA).getLastOffset() == 21);
    assertThat(nodes.get(name).truncate(DATA, 15, Long.MAX_VALUE, 0)).isPositive();
    long first = status(nodes.get(name), DATA).getFirstOffset();
    assertThat(first).isBetween(2L, 15L);
    assertThat(status(nodes.get(leader()), DATA).getFirstOffset()).isEqualTo(1);
    nodes.remove(name).close();
    start(name);
    append(Appends.write("next", 1, 0));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> status(nodes.get(name), DATA).getLastOffset() == 22);
    assertThat(status(nodes.get(name), DATA).getFirstOffset()).isEqualTo(first);
  }

  @Test
  void aDirectoryOfAnotherClusterAndALossThatIsToBeAcceptedAreRefused() {
    nodes.remove("c").close();
    var other = new ClusterIdentity(new UUID(7, 8), 1, new Partitions(1));
    var foreign = ReplicaConfig.defaults(members.get(2), members, other);
    assertThatThrownBy(() -> JournalServer.openReplica(config("c"), foreign, clock))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
    assertThatThrownBy(
            () -> JournalServer.openReplica(config("c").withAcceptLoss(true), replica("c"), clock))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    var remembersLess = config("c").withDedup(Duration.ofMillis(1), 1 << 19);
    assertThatThrownBy(() -> JournalServer.openReplica(remembersLess, replica("c"), clock))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
    start("c");
    append(Appends.open(1, 0));
  }
}
