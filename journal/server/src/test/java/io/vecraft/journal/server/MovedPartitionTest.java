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
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TailRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A partition goes from the nodes that the journal was made with to others, and comes back. */
final class MovedPartitionTest {
  private static final ClusterIdentity CLUSTER =
      new ClusterIdentity(new UUID(5, 7), 1, new Partitions(1));
  private static final int DATA = Partitions.FIRST_DATA;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final List<String> FIRST = List.of("a", "b", "c");
  private static final List<String> OTHERS = List.of("d", "e", "f");

  @TempDir Path directory;
  private final Map<String, JournalServer> nodes = new TreeMap<>();
  private final Map<String, RaftMember> members = new TreeMap<>();
  private final List<String> written = new ArrayList<>();
  private FileClockBound bound;
  private QuorumClock clock;

  @BeforeEach
  void open() {
    bound = FileClockBound.open(directory.resolve("clock"));
    clock = QuorumClock.single(bound, MachineTime.SYSTEM);
    var names = new ArrayList<>(FIRST);
    names.addAll(OTHERS);
    RaftCluster.members(names).forEach(m -> members.put(m.id(), m));
    names.forEach(this::start);
  }

  @AfterEach
  void close() {
    RaftCluster.each(List.copyOf(nodes.keySet()), name -> nodes.get(name).close());
    bound.close();
  }

  private void start(String name) {
    List<RaftMember> first = FIRST.stream().map(this::member).toList();
    ReplicaConfig replica =
        ReplicaConfig.defaults(member(name), first, CLUSTER)
            .withElectionTimeout(Duration.ofMillis(300), Duration.ofMillis(600));
    nodes.put(
        name,
        JournalServer.openReplica(
            JournalConfig.defaults(directory.resolve(name))
                .withSegmentBytes(1 << 16)
                .withLimits(JournalLimits.REPLICA_DEFAULTS.withAppendBytes(1 << 20)),
            FIRST.contains(name) ? replica : replica.joining(),
            clock));
  }

  private void restart(String name) {
    nodes.remove(name).close();
    start(name);
  }

  private RaftMember member(String name) {
    return Optional.ofNullable(members.get(name)).orElseThrow();
  }

  private JournalServer node(String name) {
    return Optional.ofNullable(nodes.get(name)).orElseThrow();
  }

  private static GetOffsetRequest barrier() {
    return GetOffsetRequest.newBuilder().setPartition(DATA).build();
  }

  private Optional<String> leaderNow() {
    return nodes.keySet().stream().filter(this::answersBarrier).findFirst();
  }

  private boolean answersBarrier(String name) {
    try {
      return node(name).getOffset(barrier()).handle((p, error) -> error == null).join();
    } catch (VecraftException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.NOT_READY);
      return false;
    }
  }

  private String leader() {
    return await().atMost(PATIENCE).until(this::leaderNow, Optional::isPresent).orElseThrow();
  }

  private void write(int count) {
    for (int i = 0; i < count; i++) {
      String id = "w" + written.size();
      List<AppendResult> results =
          RaftCluster.again(() ->
                  node(leader())
                      .appendBatch(
                          AppendBatchRequest.newBuilder()
                              .setPartition(DATA)
                              .addAppends(Appends.of(id, Appends.upsert(1, 0, id, 3_000)))
                              .build()))
              .getResultsList();
      assertThat(results).noneMatch(AppendResult::hasFailure);
      written.add(id);
    }
  }

  /** As control does it: one at a time, by whoever leads; the one that leads goes last. */
  private void bring(List<String> to) {
    for (String in : to) {
      await().atMost(PATIENCE).until(() -> bringOne(in, to));
    }
    await()
        .atMost(PATIENCE)
        .until(() ->
            leaderNow()
                .flatMap(leader -> node(leader).admin().agreed(DATA))
                .filter(Set.copyOf(to)::equals)
                .isPresent());
  }

  private boolean bringOne(String in, List<String> to) {
    String leader = leader();
    ReplicaAdmin admin = node(leader).admin();
    List<String> now = admin.members(DATA).stream().map(RaftMember::id).toList();
    if (now.contains(in)) {
      return true;
    }
    String out = now.stream().filter(id -> !to.contains(id)).sorted().findFirst().orElseThrow();
    CompletableFuture<Void> change =
        out.equals(leader)
            ? admin.transferLeadership(DATA, Optional.empty())
            : admin.replaceMember(DATA, out, member(in));
    change.exceptionally(e -> null).join();
    return false;
  }

  private static PullRequest everything() {
    return PullRequest.newBuilder().setPartition(DATA).setFromOffset(1).build();
  }

  private void hasAll(String name) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(node(name).pull(everything()).getRecordsList())
                .extracting(Record::getRequestId)
                .startsWith("open-1-0")
                .endsWith(written.toArray(String[]::new))
                .hasSize(written.size() + 1));
  }

  private List<Path> files(String name) throws IOException {
    try (Stream<Path> all = Files.walk(directory.resolve(name))) {
      return all.filter(f -> f.toString().contains("partition-003")).toList();
    }
  }

  private long groups(String name) throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve(name).resolve("raft"))) {
      return all.count();
    }
  }

  @Test
  void nothingIsLostAndWhoHadItHasNothingOfItAnyMore() throws IOException {
    AppendBatchRequest open =
        AppendBatchRequest.newBuilder().setPartition(DATA).addAppends(Appends.open(1, 0)).build();
    RaftCluster.again(() -> node(leader()).appendBatch(open));
    write(40);
    long groups = groups("a");
    assertThat(node("d").partitions()).isEmpty();

    OTHERS.forEach(name -> node(name).joinPartition(DATA, 1));
    OTHERS.forEach(name -> node(name).joinPartition(DATA, 1));
    restart("e");
    bring(OTHERS);
    write(10);
    var ended = new CompletableFuture<Throwable>();
    node("a")
        .tail(
            TailRequest.newBuilder().setPartition(DATA).setFromOffset(1).build(),
            new TailListener() {
              @Override
              public void onRecords(PullResponse batch) {}

              @Override
              public void onEnd(Throwable cause) {
                ended.complete(cause);
              }
            });
    FIRST.forEach(name -> node(name).leavePartition(DATA, 2));
    assertThat(ended.join())
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_READY));
    for (String name : FIRST) {
      assertThat(node(name).partitions()).containsExactlyInAnyOrder(1, 2);
      assertThat(files(name)).isEmpty();
      assertThat(groups(name)).isEqualTo(groups - 1);
      assertThatThrownBy(() -> node(name).pull(everything()))
          .isInstanceOfSatisfying(
              VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_READY));
    }
    // Those that it was made with do not make it anew, whatever they read again in the log.
    for (String name : FIRST) {
      restart(name);
      node(name).addPartition(DATA, FIRST.stream().map(this::member).toList());
      node(name).joinPartition(DATA, 1);
      assertThat(node(name).partitions()).containsExactlyInAnyOrder(1, 2);
    }
    write(10);
    OTHERS.forEach(this::hasAll);

    // Back again, to nodes that have had it.
    FIRST.forEach(name -> node(name).joinPartition(DATA, 3));
    restart("b");
    FIRST.forEach(name -> node(name).leavePartition(DATA, 2));
    assertThat(FIRST).noneMatch(this::answersBarrier);
    bring(FIRST);
    OTHERS.forEach(name -> node(name).leavePartition(DATA, 4));
    write(10);
    FIRST.forEach(this::restart);
    write(10);
    FIRST.forEach(this::hasAll);
    assertThat(node("d").partitions()).isEmpty();
  }

  @Test
  void aReplicaThatWasNotDeletedWholeIsDeletedAtTheNextStart() throws IOException {
    leader();
    node("c").leavePartition(DATA, 1);
    nodes.remove("c").close();
    Path left = Files.createDirectories(directory.resolve("c").resolve("partition-003"));
    Files.writeString(left.resolve("something"), "of before");
    start("c");
    assertThat(node("c").partitions()).containsExactlyInAnyOrder(1, 2);
    assertThat(left).doesNotExist();
  }
}
