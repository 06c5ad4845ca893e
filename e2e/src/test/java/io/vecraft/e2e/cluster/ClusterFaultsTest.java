package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.history.HistoryWorkload;
import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.SerialSearch;
import io.vecraft.e2e.history.StampRules;
import io.vecraft.e2e.history.Verdict;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients write and read while processes of a cluster are killed, stopped, restarted and cut off,
 * their clocks moved and their disks filled, and while shards move from partition to partition.
 * What clients were told is held to the promises, every request to its deadline; afterwards all
 * replicas have the same. {@code -Dvecraft.faults.rounds=N} runs that many of faults chosen at
 * random instead of one of everything; {@code -Dvecraft.faults.seed=N} repeats the choices: round I
 * of a run has those of seed N + I.
 */
class ClusterFaultsTest {
  private static final String ROUNDS = "vecraft.faults.rounds";
  private static final boolean LONG = Integer.getInteger(ROUNDS) != null;
  private static final int ROUNDS_A_CLUSTER = 10;
  private static final int STEPS = 8;
  private static final int PACE_MS = 150;
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  /** Longer than a step and what follows it; after that a request is left open. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of a clock, beyond what is tolerated. */
  private static final long FAR_MS = 5_000;

  private static final int SHARDS = 3;
  private static final int REPLICAS = 2;
  private static final int ELECTION_TIMEOUT_MS = 1_000;

  /** Nobody is given up: who breaks comes back. */
  private static final int GRACE_S = 300;

  @TempDir Path directory;

  @Test
  void promisesHoldWhileProcessesBreak() throws IOException {
    int rounds = Integer.getInteger(ROUNDS, 1);
    long seed = Long.getLong("vecraft.faults.seed", System.currentTimeMillis());
    System.out.printf(
        "Fault rounds: %d, -Dvecraft.faults.seed=%d, election timeout %d to %d ms%n",
        rounds, seed, ELECTION_TIMEOUT_MS, 2 * ELECTION_TIMEOUT_MS);
    Set<Fault> possible = BreakableCluster.possible(directory);
    for (int first = 0; first < rounds; first += ROUNDS_A_CLUSTER) {
      int end = Math.min(rounds, first + ROUNDS_A_CLUSTER);
      rounds(directory.resolve("from-" + first), possible, seed, first, end);
    }
  }

  private static void rounds(Path directory, Set<Fault> possible, long seed, int from, int to)
      throws IOException {
    var shape =
        new ClusterShape(
            3, 2, 2, 2, 1, REPLICAS, GRACE_S, 2, 0, "192m", ELECTION_TIMEOUT_MS, false);
    try (var cluster = BreakableCluster.start(directory, shape, possible)) {
      try {
        for (int round = from; round < to; round++) {
          round(cluster, round, new Random(seed + round));
        }
      } catch (IOException | RuntimeException | Error e) {
        cluster.printLogs();
        throw e;
      }
    }
  }

  private static void round(BreakableCluster cluster, int number, Random random)
      throws IOException {
    var workload =
        HistoryWorkload.endless(
            random.nextLong(),
            cluster.servers(),
            cluster.apiKey(),
            new HistoryWorkload.Manner("round-%d-".formatted(number), PACE_MS, DEADLINE, PATIENCE));
    FaultRound faults =
        LONG ? FaultRound.choose(cluster, STEPS, random) : FaultRound.everything(cluster, random);
    workload.prepare(SHARDS);
    var breaking =
        new FutureTask<Void>(() -> {
          try {
            faults.run(cluster);
            if (!LONG) {
              clockOfALeader(cluster, random.nextBoolean() ? FAR_MS : -FAR_MS);
            }
          } finally {
            workload.end();
          }
          return null;
        });
    int wanted;
    try (var rest = new Rest(cluster.servers().getLast(), cluster.apiKey(), DEADLINE, PATIENCE)) {
      var moving =
          MovingShards.start(rest, HistoryWorkload.collections(), new Random(random.nextLong()));
      try (moving) {
        Thread.ofPlatform().name("faults").start(breaking);
        workload.run();
        join(breaking);
      }
      wanted = moving.wanted();
    }
    List<Op> history = workload.history();
    assertThat(SerialSearch.check(history)).isInstanceOf(Verdict.Fine.class);
    assertThat(StampRules.check(history)).isInstanceOf(Verdict.Fine.class);
    assertThat(workload.endings().broken()).isEmpty();
    if (!faults.breaks("gateway")) {
      assertThat(workload.endings().connectionsLost()).isZero();
    }
    int moved = 0;
    try (Rest rest = cluster.rest(0)) {
      for (String collection : HistoryWorkload.collections()) {
        moved += MovingShards.settled(rest, collection, BreakableCluster.PATIENCE);
        AgreeingReplicas.check(rest, collection, REPLICAS);
      }
    }
    // One that nobody heard the answer of may have come as well.
    assertThat(moved).isPositive().isGreaterThanOrEqualTo(wanted);
    workload.drop();
    System.out.printf(
        "Round %d: %s | %s | shards moved: %d%n", number, faults, workload.endings(), moved);
  }

  /** A journal node whose clock is wrong comes to lead nothing; when it is right again, it does. */
  private static void clockOfALeader(BreakableCluster cluster, long wrongMillis)
      throws IOException {
    try (Rest rest = cluster.rest(0)) {
      String victim =
          await("somebody leads everything")
              .atMost(BreakableCluster.PATIENCE)
              .until(() -> leaders(rest), leaders -> !leaders.contains(""))
              .getFirst();
      System.out.printf("Fault: the clock of %s is wrong until it leads nothing%n", victim);
      Fault.CLOCK.happen(cluster, victim, wrongMillis);
      await("hands over")
          .atMost(BreakableCluster.PATIENCE)
          .until(
              () -> leaders(rest), leaders -> !leaders.contains("") && !leaders.contains(victim));
      Fault.CLOCK.mend(cluster, victim);
      await("leads")
          .atMost(BreakableCluster.PATIENCE)
          .until(() -> leaders(rest), leaders -> leaders.contains(victim));
    }
  }

  /** Names of the nodes that lead, empty where nobody does or nobody tells. */
  private static List<String> leaders(Rest rest) throws IOException {
    Rest.Reply told = rest.get("/v1/cluster");
    return told.status() / 100 == 2
        ? told.body()
            .path("partitions")
            .valueStream()
            .map(partition -> partition.path("leader").asText())
            .toList()
        : List.of("");
  }

  private static void join(FutureTask<Void> task) {
    try {
      task.get();
    } catch (Exception e) {
      throw new AssertionError("the faults did not happen as they were chosen", e);
    }
  }
}
