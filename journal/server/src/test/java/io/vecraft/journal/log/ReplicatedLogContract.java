package io.vecraft.journal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.Decision.Duplicate;
import io.vecraft.journal.partition.Decision.Rejected;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Record;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link ReplicatedLog} promises. */
public abstract class ReplicatedLogContract {
  protected static final int PARTITION = Partitions.FIRST_DATA;
  protected static final PartitionSettings SETTINGS =
      new PartitionSettings(PARTITION, new Partitions(1), Duration.ofMinutes(10), 1000, 1);
  private static final long T = Stamp.of(1_000_000, 0, 0);

  /** The log of the replica that leads. */
  protected abstract ReplicatedLog log();

  /** Lets everything happen that is on its way. */
  protected abstract void settle();

  /** Crashes every replica and starts them again. */
  protected abstract void restart();

  @AfterEach
  void close() {
    log().close();
  }

  private List<Decision> append(long stamp, Append... appends) {
    CompletableFuture<List<Decision>> answer = log().append(new Proposal(stamp, List.of(appends)));
    settle();
    return answer.join();
  }

  private Position barrier(long stamp) {
    CompletableFuture<Position> answer = log().barrier(stamp);
    settle();
    return answer.join();
  }

  private List<Record> all() {
    CommittedLog committed = log().committed();
    return committed.position().offset() == 0
        ? List.of()
        : committed.read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  @Test
  void decidesABatchInItsOrderWithDenseOffsetsAndStampsFromTheProposalOn() {
    List<Decision> decisions =
        append(
            T,
            Appends.write("too early", 1, 0),
            Appends.open(1, 0),
            Appends.write("a", 1, 0),
            Appends.write("a", 1, 0),
            Appends.write("b", 1, 0));
    assertThat(decisions.get(0)).isInstanceOf(Rejected.class);
    assertThat(decisions.get(1)).isInstanceOf(Accepted.class);
    Record a = ((Accepted) decisions.get(2)).record();
    assertThat(decisions.get(3)).isEqualTo(new Duplicate(a.getOffset(), a.getStamp(), 0));
    assertThat(all()).extracting(Record::getOffset).containsExactly(1L, 2L, 3L);
    assertThat(all())
        .extracting(Record::getStamp)
        .containsExactly(
            Stamp.atLeast(T, PARTITION),
            Stamp.above(Stamp.atLeast(T, PARTITION), PARTITION),
            Stamp.above(a.getStamp(), PARTITION));
  }

  @Test
  void aProposalBehindTheLogIsRaisedAboveIt() {
    append(T + Stamp.of(1000, 0, 0), Appends.open(1, 0));
    append(T, Appends.write("a", 1, 0));
    assertThat(all().get(1).getStamp()).isGreaterThan(all().get(0).getStamp());
  }

  @Test
  void aBarrierSeesWhatWasAnsweredAndClosesForGood() {
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    long s = T + Stamp.of(5, 0, 0);
    Position closed = barrier(s);
    assertThat(closed.offset()).isEqualTo(2);
    assertThat(closed.closed()).isGreaterThanOrEqualTo(s);
    assertThat(log().committed().position()).isEqualTo(closed);
    assertThat(barrier(0)).isEqualTo(closed);
    append(T, Appends.write("b", 1, 0));
    assertThat(all().get(2).getStamp()).isGreaterThan(s);
  }

  @Test
  void whatIsCommittedIsReadInPartsAndAnnounced() {
    var moves = new AtomicInteger();
    Runnable end = log().committed().onMove(moves::incrementAndGet);
    append(T, Appends.open(1, 0));
    for (int i = 0; i < 10; i++) {
      append(T, Appends.write("w" + i, 1, 0));
    }
    assertThat(moves.get()).isPositive();
    end.run();
    List<Record> all = all();
    assertThat(all).hasSize(11);
    CommittedLog committed = log().committed();
    assertThat(committed.read(4, 3, Long.MAX_VALUE)).isEqualTo(all.subList(3, 6));
    assertThat(committed.read(4, 100, 1)).isEqualTo(all.subList(3, 4));
    assertThat(committed.firstOffset()).isEqualTo(1);
  }

  @Test
  void whatWasAnsweredSurvivesARestartAndRetriesAreRecognised() {
    append(T, Appends.open(1, 0), Appends.write("a", 1, 0));
    List<Record> before = all();
    restart();
    settle();
    assertThat(all()).isEqualTo(before);
    assertThat(append(T, Appends.write("a", 1, 0)).getFirst())
        .isEqualTo(new Duplicate(2, before.get(1).getStamp(), 0));
    assertThat(append(T, Appends.write("b", 1, 0)).getFirst()).isInstanceOf(Accepted.class);
  }

  @Test
  void decidesAsTheStateMachineAloneWould() {
    long seed = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println("seed " + seed + " (-Dvecraft.seed)");
    var random = new Random(seed);
    var alone = new PartitionState(SETTINGS);
    var expected = new ArrayList<Decision>();
    var answers = new ArrayList<CompletableFuture<List<Decision>>>();
    long stamp = T;
    for (int i = 0; i < 200; i++) {
      stamp += random.nextInt(3) * Stamp.of(1, 0, 0);
      var batch = new ArrayList<Append>();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        int shard = random.nextInt(3);
        batch.add(
            switch (random.nextInt(10)) {
              case 0 -> Appends.open(1, shard);
              case 1 -> Appends.fence(2 + random.nextInt(50));
              default -> Appends.write("r" + random.nextInt(300), 1, shard);
            });
      }
      for (Append append : batch) {
        expected.add(alone.decide(append, stamp));
      }
      answers.add(log().append(new Proposal(stamp, batch)));
    }
    settle();
    assertThat(answers.stream().flatMap(a -> a.join().stream()).toList()).isEqualTo(expected);
    assertThat(all())
        .isEqualTo(
            expected.stream()
                .filter(Accepted.class::isInstance)
                .map(d -> ((Accepted) d).record())
                .toList());
  }

  @Test
  void namesItsReplicasAndTheLeader() {
    assertThat(log().replicas()).contains(log().leaderHint().orElseThrow());
  }

  @Test
  void aClosedLogCertainlyTakesNothing() {
    ReplicatedLog log = log();
    log.close();
    Throwable reason = log.append(new Proposal(T, List.of(Appends.open(1, 0)))).exceptionNow();
    assertThat(reason).isInstanceOf(VecraftException.class);
    assertThat(((VecraftException) reason).code().certainlyNotApplied()).isTrue();
    assertThat(log.barrier(0)).isCompletedExceptionally();
  }
}
