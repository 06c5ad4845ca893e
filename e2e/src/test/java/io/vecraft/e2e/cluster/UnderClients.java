package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.history.Attempt;
import io.vecraft.e2e.history.HistoryWorkload;
import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.SerialSearch;
import io.vecraft.e2e.history.StampRules;
import io.vecraft.e2e.history.Verdict;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;

/**
 * What is done to a cluster while clients write and read at every level of consistency. What they
 * saw is checked afterwards, and that the replicas agree.
 */
final class UnderClients {
  /** Of each collection that the clients use. */
  static final int SHARDS = 3;

  private static final int PACE_MS = 400;
  private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(30);
  private static final int REPLICAS = 2;

  private UnderClients() {}

  /** What is done, by one more client. */
  interface Deed {
    void run(Rest rest) throws IOException;
  }

  static void run(LocalCluster cluster, Random random, Deed deed) throws IOException {
    List<URI> servers = cluster.endpoints().stream().map(URI::create).toList();
    HistoryWorkload workload =
        HistoryWorkload.endless(
            random.nextLong(), servers, Optional.empty(), PACE_MS, CLIENT_PATIENCE);
    workload.prepare(SHARDS);
    var clients =
        new FutureTask<Void>(() -> {
          workload.run();
          return null;
        });
    Thread.ofPlatform().name("clients").start(clients);
    try (var rest = new Rest(servers.getFirst())) {
      deed.run(rest);
    } finally {
      workload.end();
      join(clients);
    }
    // After a kill a call may fail at its deadline, on a slow machine; never with a wrong answer.
    System.out.printf(
        "%d operations answered, %d attempts failed, %d given up%n",
        workload.answered(),
        workload.failed().size(),
        workload.failed().stream().filter(Attempt::last).count());
    List<Op> history = workload.history();
    assertThat(SerialSearch.check(history)).isInstanceOf(Verdict.Fine.class);
    assertThat(StampRules.check(history)).isInstanceOf(Verdict.Fine.class);
    try (var rest = new Rest(servers.getFirst())) {
      for (String collection : HistoryWorkload.collections()) {
        AgreeingReplicas.check(rest, collection, REPLICAS);
      }
    }
  }

  private static void join(FutureTask<Void> task) {
    try {
      task.get();
    } catch (Exception e) {
      throw new AssertionError("a client failed", e);
    }
  }
}
