package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.history.HistoryWorkload;
import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.SerialSearch;
import io.vecraft.e2e.history.StampRules;
import io.vecraft.e2e.history.Verdict;
import io.vecraft.e2e.http.Rest;
import io.vecraft.e2e.program.Program;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients write and read while processes of a cluster are killed, stopped and restarted. What they
 * were told is held to the promises; afterwards all replicas have the same. {@code
 * -Dvecraft.faults.rounds=N} runs more, {@code -Dvecraft.faults.seed=N} repeats the choices.
 */
class ClusterFaultsTest {
  private static final int ROUNDS = 1;
  private static final int STEPS = 4;
  private static final int OPERATIONS = 60;
  private static final int PACE_MS = 150;
  private static final int ELECTION_TIMEOUT_MS = 1_000;

  /** Nobody is given up: who breaks comes back. */
  private static final int GRACE_S = 300;

  private static final Duration READY = Duration.ofMinutes(3);

  @TempDir Path directory;

  @Test
  void promisesHoldWhileProcessesBreak() throws IOException {
    int rounds = Integer.getInteger("vecraft.faults.rounds", ROUNDS);
    long seed = Long.getLong("vecraft.faults.seed", System.nanoTime());
    System.out.printf(
        "Fault rounds: %d, -Dvecraft.faults.seed=%d, election timeout %d ms%n",
        rounds, seed, ELECTION_TIMEOUT_MS);
    var random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      round(directory.resolve("round-" + round), new Random(random.nextLong()));
    }
  }

  private static void round(Path directory, Random random) throws IOException {
    var shape =
        new ClusterShape(3, 2, 2, 2, 1, 2, GRACE_S, 2, 0, "192m", ELECTION_TIMEOUT_MS, false);
    LocalCluster cluster = LocalCluster.create(directory, shape, Program.command("192m"), etcd());
    try {
      cluster.start();
      for (LocalProcess process : cluster.processes()) {
        cluster.awaitReady(process.name(), READY);
      }
      List<URI> servers = cluster.endpoints().stream().map(URI::create).toList();
      var workload =
          new HistoryWorkload(random.nextLong(), servers, Optional.empty(), OPERATIONS, PACE_MS);
      workload.prepare(3);
      FaultRound faults = FaultRound.choose(cluster, STEPS, true, random);
      var breaking =
          new FutureTask<Void>(() -> {
            faults.run(cluster);
            return null;
          });
      Thread.ofPlatform().name("faults").start(breaking);
      workload.run();
      join(breaking);
      List<Op> history = workload.history();
      System.out.println("Recorded " + history.size() + " operations");
      assertThat(SerialSearch.check(history)).isInstanceOf(Verdict.Fine.class);
      assertThat(StampRules.check(history)).isInstanceOf(Verdict.Fine.class);
      replicasAgree(servers.getFirst());
    } catch (IOException | RuntimeException | Error e) {
      for (LocalProcess process : cluster.processes()) {
        System.out.println("== " + process.name() + "\n" + cluster.logEnd(process.name()));
      }
      throw e;
    } finally {
      cluster.down();
    }
  }

  private static void join(FutureTask<Void> task) {
    try {
      task.get();
    } catch (Exception e) {
      throw new AssertionError("the faults did not happen as they were chosen", e);
    }
  }

  private static void replicasAgree(URI server) throws IOException {
    try (var rest = new Rest(server)) {
      for (String collection : HistoryWorkload.collections()) {
        AgreeingReplicas.check(rest, collection, 2);
      }
    }
  }

  private static Path etcd() {
    String named = System.getenv("VECRAFT_ETCD");
    return Path.of(named == null ? "etcd" : named);
  }
}
