package io.vecraft.journal.log.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.Decision.Duplicate;
import io.vecraft.journal.partition.Decision.Rejected;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three replicas, and what is done to them. */
final class RaftReplicationTest {
  private static final int PARTITION = Partitions.FIRST_DATA;
  private static final PartitionSettings SETTINGS = settings(PARTITION);
  private static final long T = Stamp.of(1_000_000, 0, 0);

  @TempDir Path directory;
  private RaftCluster cluster;

  private static PartitionSettings settings(int partition) {
    return new PartitionSettings(partition, new Partitions(2), Duration.ofMinutes(10), 1000, 1);
  }

  private void open(UnaryOperator<RaftConfig> changes) {
    cluster = new RaftCluster(directory, List.of(SETTINGS), changes);
  }

  @AfterEach
  void close() {
    cluster.close();
    assertThat(cluster.fatal).isEmpty();
  }

  private List<Decision> append(long stamp, Append... appends) {
    return cluster.ask(PARTITION, log -> log.append(new Proposal(stamp, List.of(appends))));
  }

  /** The record that an append has become; a retry may have learnt that it was taken before. */
  private Record accepted(Append append) {
    return switch (append(T, append).getFirst()) {
      case Accepted accepted -> accepted.record();
      case Duplicate first -> {
        cluster.ask(PARTITION, log -> log.barrier(0));
        yield cluster
            .leader(PARTITION)
            .committed()
            .read(first.offset(), 1, Long.MAX_VALUE)
            .getFirst();
      }
      case Rejected refused -> throw new AssertionError(refused);
    };
  }

  /** Whether a decision is the expected one, or what a retry is told of it. */
  private static boolean matches(Decision decision, Decision expected) {
    return decision.equals(expected)
        || (expected instanceof Accepted accepted
            && decision instanceof Duplicate retry
            && retry.offset() == accepted.record().getOffset()
            && retry.stamp() == accepted.record().getStamp());
  }

  private static List<Record> records(RaftLog log) {
    return log.committed().position().offset() == 0
        ? List.of()
        : log.committed().read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  /** Waits until all replicas show the same, and returns it. */
  private List<Record> agreed(int partition) {
    Position end = cluster.ask(partition, log -> log.barrier(0));
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(() ->
            cluster.logs(partition).values().stream()
                .allMatch(l -> l.committed().position().equals(end)));
    List<Record> records = records(cluster.leader(partition));
    cluster.logs(partition).values().forEach(l -> assertThat(records(l)).isEqualTo(records));
    return records;
  }

  private String leader() {
    return cluster.nameOf(cluster.leader(PARTITION));
  }

  private String follower() {
    String leader = leader();
    return cluster.logs(PARTITION).keySet().stream()
        .filter(name -> !name.equals(leader))
        .findFirst()
        .orElseThrow();
  }

  private static ErrorCode code(CompletableFuture<?> failed) {
    assertThat(failed).failsWithin(Duration.ofSeconds(30));
    return ((VecraftException) failed.exceptionNow()).code();
  }

  @Test
  void anotherLeadsWhenTheLeaderIsGoneAndNothingAcknowledgedIsLost() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0));
    var acknowledged = new ArrayList<Record>();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 20; i++) {
        Append write = Appends.write("w" + round + "-" + i, 1, 0);
        acknowledged.add(accepted(write));
      }
      String leader = leader();
      cluster.crash(leader);
      Append write = Appends.write("meanwhile " + round, 1, 0);
      acknowledged.add(accepted(write));
      cluster.start(leader);
      assertThat(agreed(PARTITION)).containsAll(acknowledged);
    }
  }

  @Test
  void whatWasClosedStaysClosedWhenAllCrashOrAnotherLeads() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    long s = T + Stamp.of(60_000, 0, 0);
    Position closed = cluster.ask(PARTITION, log -> log.barrier(s));
    assertThat(closed.closed()).isGreaterThanOrEqualTo(s);
    List<String> names = List.copyOf(cluster.logs(PARTITION).keySet());
    agreed(PARTITION);
    RaftCluster.each(names, cluster::crash);
    names.forEach(cluster::start);
    assertThat(cluster.<Position>ask(PARTITION, log -> log.barrier(0))).isEqualTo(closed);
    cluster.stop(leader());
    Record next = accepted(Appends.write("b", 1, 0));
    assertThat(next.getStamp()).isGreaterThan(s);
  }

  @Test
  void aFollowerRefusesAtOnceNamingTheLeaderAndReadsWhatIsCommitted() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    List<Record> all = agreed(PARTITION);
    RaftLog follower = cluster.logs(PARTITION).get(follower());
    var append = follower.append(new Proposal(T, List.of(Appends.write("b", 1, 0))));
    var barrier = follower.barrier(0);
    assertThat(append.isDone()).isTrue();
    assertThat(code(append)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(((VecraftException) append.exceptionNow()).reason()).isEqualTo(leader());
    assertThat(code(barrier)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(follower.leaderHint()).contains(leader());
    assertThat(follower.replicas()).containsExactly("a", "b", "c");
    assertThat(records(follower)).isEqualTo(all);
    assertThat(follower.isReused("a", "tester", Appends.write("x", 1, 0).getRequestDigest()))
        .isTrue();
  }

  @Test
  void aLeaderWithoutAMajorityLeavesItsCallersInDoubtAndARetryLearnsTheOutcome()
      throws InterruptedException {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0));
    RaftLog old = cluster.leader(PARTITION);
    String leader = leader();
    List<String> others =
        cluster.logs(PARTITION).keySet().stream().filter(n -> !n.equals(leader)).toList();
    // Nobody answers the leader any more from somewhere in between on.
    var answers = new LinkedHashMap<String, CompletableFuture<List<Decision>>>();
    var barriers = new ArrayList<CompletableFuture<Position>>();
    Thread stopping = Thread.ofPlatform().start(() -> RaftCluster.each(others, cluster::stop));
    while (stopping.isAlive() || old.leads()) {
      String request = "w" + answers.size();
      answers.put(request, old.append(new Proposal(T, List.of(Appends.write(request, 1, 0)))));
      barriers.add(old.barrier(T));
      Thread.sleep(5);
    }
    List<String> inDoubt =
        answers.entrySet().stream()
            .filter(e -> e.getValue().handle((d, error) -> error != null).join())
            .filter(e -> code(e.getValue()) == ErrorCode.OUTCOME_UNKNOWN)
            .map(Map.Entry::getKey)
            .toList();
    assertThat(inDoubt).isNotEmpty();
    assertThat(barriers).allMatch(b -> b.handle((p, error) -> true).join());
    assertThat(barriers.getLast()).isCompletedExceptionally();
    assertThat(code(old.append(new Proposal(T, List.of(Appends.write("late", 1, 0))))))
        .isEqualTo(ErrorCode.NOT_LEADER);
    others.forEach(cluster::start);
    for (String request : inDoubt) {
      assertThat(append(T, Appends.write(request, 1, 0)).getFirst())
          .isInstanceOfAny(Accepted.class, Duplicate.class);
    }
    List<Record> records = agreed(PARTITION);
    assertThat(records)
        .extracting(Record::getRequestId)
        .doesNotHaveDuplicates()
        .containsAll(inDoubt);
    answers.values().stream()
        .filter(a -> !a.isCompletedExceptionally())
        .forEach(a -> assertThat(records).contains(((Accepted) a.join().getFirst()).record()));
  }

  @Test
  void moreThanTheLimitAtOnceIsRefusedAndALargeEntryFits() {
    // A leader that a busy machine keeps from being heard would answer nobody.
    open(c ->
        c.withEntryBytes(2 << 20)
            .withElectionTimeout(Duration.ofSeconds(3), Duration.ofSeconds(6)));
    append(T, Appends.open(1, 0));
    Append large = Appends.of("large", Appends.upsert(1, 0, "r", 2_000_000));
    accepted(large);
    Append tooLarge = Appends.of("too large", Appends.upsert(1, 0, "r", 3_000_000));
    RaftLog log = cluster.leader(PARTITION);
    assertThat(code(log.append(new Proposal(T, List.of(tooLarge)))))
        .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    var answers = new ArrayList<CompletableFuture<?>>();
    for (int i = 0; i < 60; i++) {
      Append one = Appends.of("one " + i, Appends.upsert(1, 0, "r", 1_900_000));
      answers.add(log.append(new Proposal(T, List.of(one))));
    }
    List<ErrorCode> refused =
        answers.stream()
            .filter(a -> a.handle((d, e) -> e != null).join())
            .map(RaftReplicationTest::code)
            .toList();
    assertThat(refused).isNotEmpty().containsOnly(ErrorCode.BACK_PRESSURE);
    assertThat(agreed(PARTITION)).hasSize(2 + 60 - refused.size());
  }

  @Test
  void leadershipIsHandedOverAndWritesGoOnElsewhere() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0));
    String before = leader();
    String next = follower();
    cluster.leader(PARTITION).transferLeadership(Optional.of(next)).join();
    assertThat(leader()).isEqualTo(next);
    append(T, Appends.write("a", 1, 0));
    cluster.leader(PARTITION).transferLeadership(Optional.empty()).join();
    assertThat(leader()).isNotEqualTo(next);
    assertThat(code(cluster.logs(PARTITION).get(next).transferLeadership(Optional.of(before))))
        .isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(agreed(PARTITION)).hasSize(2);
  }

  @Test
  void aMemberIsAddedAndAnotherRemoved() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    cluster.start("d");
    cluster.ask(PARTITION, log -> log.addMember(cluster.member("d")));
    assertThat(cluster.leader(PARTITION).replicas()).containsExactly("a", "b", "c", "d");
    assertThat(agreed(PARTITION)).hasSize(2);
    String removed = follower();
    assertThat(code(cluster.leader(PARTITION).removeMember(leader())))
        .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    cluster.ask(PARTITION, log -> log.removeMember(removed));
    cluster.stop(removed);
    append(T, Appends.write("b", 1, 0));
    assertThat(agreed(PARTITION)).hasSize(3);
    assertThat(cluster.leader(PARTITION).replicas()).hasSize(3).doesNotContain(removed);
    List<String> names = List.copyOf(cluster.logs(PARTITION).keySet());
    RaftCluster.each(names, cluster::crash);
    names.forEach(cluster::start);
    assertThat(agreed(PARTITION)).hasSize(3);
    assertThat(cluster.leader(PARTITION).replicas()).hasSize(3).doesNotContain(removed);
  }

  private long firstEntry(String id) throws IOException {
    try (var files = Files.walk(cluster.directory(id).resolve("raft"))) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> n.startsWith("log_"))
          .mapToLong(n -> Long.parseLong(n.replace("inprogress_", "").split("[_-]")[1]))
          .min()
          .orElse(0);
    }
  }

  private void appendMuch(String prefix, int count) {
    for (int i = 0; i < count; i++) {
      append(T, Appends.of(prefix + i, Appends.upsert(1, 0, "r" + i, 10_000)));
    }
  }

  @Test
  void aNewReplicaInThePlaceOfALostOneGetsTheFilesOfAPeer() throws IOException {
    open(c -> c.withCheckpoint(20_000, 5).withLogBytes(64 << 10));
    append(T, Appends.open(1, 0));
    String lost = "a";
    if (leader().equals(lost)) {
      cluster.leader(PARTITION).transferLeadership(Optional.empty()).join();
    }
    cluster.stop(lost);
    appendMuch("w", 100);
    append(T, Appends.write("w1", 1, 0), Appends.write("refused", 7, 0));
    assertThat(firstEntry(leader())).isGreaterThan(20);
    cluster.start("a~2");
    cluster.ask(PARTITION, log -> log.replaceMember(lost, cluster.member("a~2")));
    List<Record> all = agreed(PARTITION);
    assertThat(all).hasSize(101);
    assertThat(firstEntry("a~2")).isGreaterThan(20);
    assertThat(cluster.leader(PARTITION).replicas()).containsExactly("a", "b", "c");
    cluster.crash("a~2");
    cluster.start("a~2");
    assertThat(append(T, Appends.of("w7", Appends.upsert(1, 0, "r7", 10_000))).getFirst())
        .isInstanceOf(Duplicate.class);
    append(T, Appends.write("next", 1, 0));
    assertThat(agreed(PARTITION)).hasSize(102);
    // It counts: a majority with it alone goes on.
    cluster.stop(follower());
    append(T, Appends.write("last", 1, 0));
    assertThat(agreed(PARTITION)).hasSize(103);
  }

  @Test
  void aNodeThatHasLostWhatItKnewIsNotTakenForWhoItWas() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0));
    String lost = "a";
    if (leader().equals(lost)) {
      cluster.leader(PARTITION).transferLeadership(Optional.empty()).join();
    }
    cluster.stop(lost);
    append(T, Appends.write("w1", 1, 0));
    // At the address where the others still look for a.
    cluster.start("a~2");
    for (int i = 0; i < 50; i++) {
      append(T, Appends.write("w" + (2 + i), 1, 0));
    }
    RaftLog waiting = cluster.logs(PARTITION).get("a~2");
    assertThat(waiting.members()).isEmpty();
    assertThat(waiting.committed().position().offset()).isZero();
    assertThat(waiting.term()).isZero();
    cluster.ask(PARTITION, log -> log.replaceMember(lost, cluster.member("a~2")));
    assertThat(agreed(PARTITION)).hasSize(52);
  }

  @Test
  void aReplicaThatWasAwayForTooLongGetsTheFilesOfAPeer() throws IOException {
    open(c -> c.withCheckpoint(20_000, 5).withLogBytes(64 << 10));
    append(T, Appends.open(1, 0));
    appendMuch("before", 10);
    String away = follower();
    agreed(PARTITION);
    RaftLog view = cluster.logs(PARTITION).get(away);
    assertThat(records(view)).hasSize(11);
    cluster.crash(away);
    appendMuch("meanwhile", 100);
    assertThat(firstEntry(leader())).isGreaterThan(20);
    cluster.start(away);
    assertThat(agreed(PARTITION)).hasSize(111);
    cluster.crash(away);
    cluster.start(away);
    append(T, Appends.write("next", 1, 0));
    assertThat(agreed(PARTITION)).hasSize(112);
  }

  /**
   * What sends entries to one that joins may end for good, which Ratis takes for its having caught
   * up. It was added and got nothing any more, in a run of {@code LostJournalNodeTest}.
   */
  @Test
  void aReplicaThatJoinsGetsEntriesThoughSendingToItHasFailed() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    var failures = new AtomicInteger(1);
    CodeInjectionForTesting.put(
        GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST,
        (self, from, request) -> {
          if (request[0] instanceof AppendEntriesRequestProto entries
              && entries.getServerRequest().getReplyId().toStringUtf8().equals("d")
              && failures.getAndDecrement() > 0) {
            throw new IllegalStateException("as it happens");
          }
          return false;
        });
    try {
      cluster.start("d");
      cluster.ask(PARTITION, log -> log.addMember(cluster.member("d")));
      assertThat(failures).hasValueLessThanOrEqualTo(0);
      append(T, Appends.write("next", 1, 0));
      assertThat(agreed(PARTITION)).hasSize(3);
      assertThat(cluster.logs(PARTITION).get("d").isCaughtUp()).isTrue();
    } finally {
      CodeInjectionForTesting.remove(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST);
    }
  }

  /**
   * A leader that asks a node for a replica which it is just opening asks again. It took that for
   * under way for good, in a run of {@code LostJournalNodeTest}.
   */
  @Test
  void aReplicaJoinsThatIsOpenedMeanwhile() {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    CompletableFuture<?> joined =
        CompletableFuture.runAsync(
            () -> cluster.ask(PARTITION, log -> log.addMember(cluster.member("d"))));
    cluster.startBeforeItsPartitions("d", slowly());
    assertThat(joined).succeedsWithin(Duration.ofSeconds(30));
    append(T, Appends.write("next", 1, 0));
    assertThat(agreed(PARTITION)).hasSize(3);
  }

  /** Files that take their time. */
  private static FileAccess slowly() {
    var files = new DiskFiles();
    return (FileAccess)
        Proxy.newProxyInstance(
            FileAccess.class.getClassLoader(),
            new Class<?>[] {FileAccess.class},
            (proxy, method, arguments) -> {
              Thread.sleep(20);
              return method.invoke(files, arguments);
            });
  }

  /** What was refused once must not be accepted when the entries are applied again. */
  @Test
  void randomCrashesLeaveEveryReplicaWithWhatTheStateMachineAloneDecides() {
    long seed = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println("seed " + seed + " (-Dvecraft.seed)");
    var random = new Random(seed);
    open(c -> c.withCheckpoint(4096, 1 + random.nextInt(30)));
    var alone = new PartitionState(SETTINGS);
    long stamp = T;
    var expected = new ArrayList<Record>();
    for (int round = 0; round < 6; round++) {
      for (int i = random.nextInt(40); i >= 0; i--) {
        stamp += random.nextInt(3) * Stamp.of(1, 0, 0);
        Append append =
            switch (random.nextInt(8)) {
              case 0 -> Appends.open(1 + random.nextInt(3), random.nextInt(3));
              case 1 -> Appends.fence(2 + random.nextInt(10));
              default ->
                  Appends.write(
                      "r" + random.nextInt(300), 1 + random.nextInt(3), random.nextInt(3));
            };
        Decision decision = alone.decide(append, stamp);
        assertThat(append(stamp, append))
            .singleElement()
            .satisfies(d -> assertThat(matches(d, decision)).as("%s for %s", d, decision).isTrue());
        if (decision instanceof Accepted accepted) {
          expected.add(accepted.record());
        }
        if (random.nextInt(6) == 0) {
          long close = stamp + random.nextInt(5) * Stamp.of(1, 0, 0);
          alone.closeAtLeast(close);
          Position at = cluster.ask(PARTITION, log -> log.barrier(close));
          assertThat(at.closed()).isEqualTo(alone.closed());
        }
      }
      assertThat(agreed(PARTITION)).isEqualTo(expected);
      List<String> names = new ArrayList<>(cluster.logs(PARTITION).keySet());
      Collections.shuffle(names, random);
      List<String> hit = names.subList(0, 1 + random.nextInt(3));
      boolean inOrder = random.nextInt(4) == 0;
      RaftCluster.each(hit, inOrder ? cluster::stop : cluster::crash);
      hit.forEach(cluster::start);
    }
    assertThat(agreed(PARTITION)).isEqualTo(expected);
  }

  @Test
  void severalPartitionsShareAPortAndHaveLeadersOfTheirOwn() {
    List<PartitionSettings> partitions =
        new Partitions(2).all().stream().map(RaftReplicationTest::settings).toList();
    cluster = new RaftCluster(directory, partitions, UnaryOperator.identity());
    for (int data : List.of(3, 4)) {
      List<Append> batch = List.of(Appends.open(1, 0), Appends.write("w" + data, 1, 0));
      cluster.ask(data, log -> log.append(new Proposal(T, batch)));
      assertThat(agreed(data)).extracting(Record::getRequestId).contains("w" + data);
    }
    var create = new Proposal(T, List.of(Appends.create("c")));
    cluster.ask(Partitions.SYSTEM, log -> log.append(create));
    assertThat(agreed(Partitions.SYSTEM)).hasSize(1);
    assertThat(agreed(Partitions.TRANSACTION)).isEmpty();
  }

  @Test
  void aTornConsensusLogIsRefusedByName() throws IOException {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    String victim = follower();
    agreed(PARTITION);
    cluster.crash(victim);
    Path log = consensusLog(victim);
    try (var file = new RandomAccessFile(log.toFile(), "rw")) {
      long end = lastByteThatIsNotZero(file);
      file.seek(end - 40);
      file.write(new byte[(int) (file.length() - end + 40)]);
    }
    assertRefused(victim, log.getFileName().toString());
    accepted(Appends.write("b", 1, 0));
  }

  @Test
  void aConsensusLogThatIsLostIsRefused() throws IOException {
    open(UnaryOperator.identity());
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    String victim = follower();
    cluster.stop(victim);
    Path meta = consensusLog(victim).resolveSibling("raft-meta");
    Path kept = meta.resolveSibling("kept");
    Files.move(meta, kept);
    assertRefused(victim, "raft-meta");
    Files.move(kept, meta);
    Path applied = cluster.directory(victim).resolve("partition-3").resolve("applied");
    Files.delete(applied);
    assertRefused(victim, "how far it was applied");
  }

  @Test
  void whatIsBehindTheCheckpointIsCutAndDamageBeforeItIsRefused() throws IOException {
    open(c -> c.withCheckpoint(1 << 30, 10));
    append(T, Appends.open(1, 0));
    for (int i = 0; i < 15; i++) {
      append(T, Appends.write("w" + i, 1, 0));
    }
    String victim = follower();
    List<Record> all = agreed(PARTITION);
    cluster.crash(victim);
    Path segment = openSegment(victim);
    try (var file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(file.length() - 30);
      file.write(new byte[300]);
    }
    cluster.start(victim);
    assertThat(agreed(PARTITION)).isEqualTo(all);
    cluster.crash(victim);
    try (var file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(200);
      file.write(new byte[30]);
    }
    assertRefused(victim, segment.getFileName().toString());
  }

  private void assertRefused(String victim, String naming) {
    assertThatThrownBy(() -> cluster.start(victim))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED);
              assertThat(e.reason()).contains(naming);
            });
  }

  private Path consensusLog(String id) throws IOException {
    try (var files = Files.walk(cluster.directory(id).resolve("raft"))) {
      return files
          .filter(f -> f.getFileName().toString().startsWith("log_inprogress"))
          .findFirst()
          .orElseThrow();
    }
  }

  private Path openSegment(String id) throws IOException {
    try (var files = Files.list(cluster.directory(id).resolve("partition-3"))) {
      return files.filter(f -> f.toString().endsWith(".open")).findFirst().orElseThrow();
    }
  }

  private static long lastByteThatIsNotZero(RandomAccessFile file) throws IOException {
    for (long at = file.length() - 1; ; at--) {
      file.seek(at);
      if (file.read() != 0) {
        return at + 1;
      }
    }
  }
}
