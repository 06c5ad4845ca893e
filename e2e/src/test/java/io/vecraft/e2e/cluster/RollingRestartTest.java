package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.history.Attempt;
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
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every process of a cluster but etcd is ended in order and started again, one after the other,
 * while clients write, commit and read through both gateways: nothing fails for them, and the
 * promises hold. {@code -Dvecraft.faults.rounds=N} does it a tenth of that many times, {@code
 * -Dvecraft.faults.seed=N} repeats the clients' choices.
 */
class RollingRestartTest {
  private static final int PACE_MS = 500;

  /** As long as a client of Vecraft goes on by itself. */
  private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(30);

  private static final int GRACE_S = 300;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  @TempDir Path directory;

  @Test
  void nothingFailsForAClientWhileEveryProcessIsRestarted() throws IOException {
    int rounds = Math.max(1, Integer.getInteger("vecraft.faults.rounds", 1) / 10);
    long seed = Long.getLong("vecraft.faults.seed", System.nanoTime());
    System.out.printf("Rolling restarts: %d, -Dvecraft.faults.seed=%d%n", rounds, seed);
    var random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      round(directory.resolve("round-" + round), random.nextLong());
    }
  }

  private static void round(Path directory, long seed) throws IOException {
    var shape = new ClusterShape(3, 2, 2, 2, 1, 2, GRACE_S, 2, 0, "192m", 1_000, false);
    LocalCluster cluster =
        LocalCluster.create(directory, shape, Program.command("192m"), Program.etcd());
    try {
      cluster.start();
      for (LocalProcess process : cluster.processes()) {
        cluster.awaitReady(process.name(), PATIENCE);
      }
      roll(cluster, seed);
    } catch (IOException | RuntimeException | Error e) {
      for (LocalProcess process : cluster.processes()) {
        System.out.println("== " + process.name() + "\n" + cluster.logEnd(process.name()));
      }
      throw e;
    } finally {
      cluster.down();
    }
  }

  private static void roll(LocalCluster cluster, long seed) throws IOException {
    List<URI> servers = cluster.endpoints().stream().map(URI::create).toList();
    HistoryWorkload workload =
        HistoryWorkload.endless(seed, servers, Optional.empty(), PACE_MS, CLIENT_PATIENCE);
    workload.prepare(3);
    Map<String, Long> before = pids(cluster);
    var clients =
        new FutureTask<Void>(() -> {
          workload.run();
          return null;
        });
    Thread.ofPlatform().name("clients").start(clients);
    long began = System.nanoTime();
    try {
      cluster.roll(PATIENCE, name -> System.out.println("Ready again: " + name));
    } finally {
      workload.end();
      join(clients);
    }
    System.out.printf(
        "Rolled in %d s: %d operations answered, %d attempts failed and were repeated%n",
        Duration.ofNanos(System.nanoTime() - began).toSeconds(),
        workload.answered(),
        workload.failed().size());
    Map<String, Long> after = pids(cluster);
    before.forEach((name, pid) -> {
      if (!name.equals("etcd")) {
        assertThat(after.get(name)).as("process of " + name).isNotEqualTo(pid);
      }
    });
    assertThat(workload.failed()).noneMatch(Attempt::last);
    List<Op> history = workload.history();
    assertThat(SerialSearch.check(history)).isInstanceOf(Verdict.Fine.class);
    assertThat(StampRules.check(history)).isInstanceOf(Verdict.Fine.class);
    try (var rest = new Rest(servers.getFirst())) {
      for (String collection : HistoryWorkload.collections()) {
        AgreeingReplicas.check(rest, collection, 2);
      }
    }
  }

  private static Map<String, Long> pids(LocalCluster cluster) {
    return cluster.processes().stream()
        .collect(Collectors.toMap(LocalProcess::name, LocalProcess::pid));
  }

  private static void join(FutureTask<Void> task) {
    try {
      task.get();
    } catch (Exception e) {
      throw new AssertionError("a client failed", e);
    }
  }
}
