package io.vecraft.e2e.cluster;

import io.vecraft.cluster.local.LocalCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Faults of one round, one after another or two at a time, each at a process chosen at random.
 *
 * @param steps in their order
 */
record FaultRound(List<Step> steps) {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final List<String> ROLES =
      List.of("journal", "storage", "query", "gateway", "control", "etcd");

  /**
   * One step.
   *
   * @param waitMillis before it
   * @param lastMillis from the fault to its mending
   * @param faults that happen together
   */
  record Step(int waitMillis, int lastMillis, List<One> faults) {}

  /** A fault at a process. */
  record One(Fault fault, String victim) {}

  /**
   * Chooses.
   *
   * @param pairs whether two things may break at a time, of different roles
   */
  static FaultRound choose(LocalCluster cluster, int steps, boolean pairs, Random random) {
    var chosen = new ArrayList<Step>();
    for (int s = 0; s < steps; s++) {
      var roles = new ArrayList<>(ROLES);
      var faults = new ArrayList<One>();
      int count = pairs && random.nextInt(3) == 0 ? 2 : 1;
      for (int i = 0; i < count; i++) {
        String role = roles.remove(random.nextInt(roles.size()));
        List<String> names =
            cluster.processes().stream()
                .filter(p -> p.role().equals(role))
                .map(p -> p.name())
                .toList();
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        faults.add(new One(fault, names.get(random.nextInt(names.size()))));
      }
      chosen.add(new Step(500 + random.nextInt(1_500), 200 + random.nextInt(4_000), faults));
    }
    return new FaultRound(List.copyOf(chosen));
  }

  /** Lets them happen; everything is mended when it returns. */
  void run(LocalCluster cluster) throws IOException {
    for (Step step : steps) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(step.waitMillis));
      System.out.println("Fault: " + step);
      for (One one : step.faults) {
        one.fault.happen(cluster, one.victim);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(step.lastMillis));
      for (One one : step.faults) {
        one.fault.mend(cluster, one.victim);
      }
      for (One one : step.faults) {
        cluster.awaitReady(one.victim, PATIENCE);
      }
    }
  }
}
