package io.vecraft.e2e.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Faults of one round, one after another or two at a time, each at a process chosen at random.
 *
 * @param steps in their order
 */
record FaultRound(List<Step> steps) {
  private static final List<String> ROLES =
      List.of("journal", "storage", "query", "gateway", "control", "etcd");

  /** Below and above what the clock takes as apart. */
  private static final long[] CLOCK_MILLIS = {
    -3_600_000, -5_000, -700, -400, 100, 400, 700, 5_000, 60_000
  };

  /** What stops a process from taking part at once. */
  private static final List<Fault> STOPS = List.of(Fault.KILL, Fault.PAUSE, Fault.CUT);

  /**
   * One step.
   *
   * @param waitMillis before it
   * @param lastMillis from the fault to its mending
   * @param faults that happen together
   */
  record Step(int waitMillis, int lastMillis, List<One> faults) {
    @Override
    public String toString() {
      var text = new StringJoiner(" + ");
      faults.forEach(f -> text.add(f.toString()));
      return text + " for " + lastMillis + " ms";
    }
  }

  /**
   * A fault at a process.
   *
   * @param amount milliseconds of a clock
   */
  record One(Fault fault, String victim, long amount) {
    @Override
    public String toString() {
      return fault + " " + victim + (fault == Fault.CLOCK ? " %+d ms".formatted(amount) : "");
    }
  }

  /** Steps chosen at random: one fault or, four times out of ten, two. */
  static FaultRound choose(BreakableCluster cluster, int steps, Random random) {
    var chosen = new ArrayList<Step>();
    for (int s = 0; s < steps; s++) {
      List<One> faults = new ArrayList<>(List.of(any(cluster, random)));
      while (faults.size() < 2 && random.nextInt(10) < 4) {
        One other = any(cluster, random);
        if (!other.victim.equals(faults.getFirst().victim)) {
          faults.add(other);
        }
      }
      chosen.add(step(faults, random));
    }
    return new FaultRound(List.copyOf(chosen));
  }

  /**
   * One of everything that is possible, in any order: each fault alone, the loss of etcd alone and
   * with another fault, two journal nodes at a time, which leaves no majority, and two processes
   * that leave one.
   */
  static FaultRound everything(BreakableCluster cluster, Random random) {
    var steps = new ArrayList<Step>();
    for (Fault fault : cluster.possible()) {
      steps.add(
          step(List.of(at(fault, any(cluster, roleFor(fault, random), random), random)), random));
    }
    steps.add(step(List.of(at(Fault.KILL, "etcd", random)), random));
    steps.add(
        step(
            List.of(
                at(Fault.KILL, "etcd", random),
                at(stop(cluster, random), any(cluster, "journal", random), random)),
            random));
    var journals = new ArrayList<>(cluster.names("journal"));
    Collections.shuffle(journals, random);
    steps.add(
        step(
            List.of(
                at(stop(cluster, random), journals.get(0), random),
                at(stop(cluster, random), journals.get(1), random)),
            random));
    steps.add(
        step(
            List.of(
                at(stop(cluster, random), journals.get(2), random),
                at(stop(cluster, random), any(cluster, "storage", random), random)),
            random));
    Collections.shuffle(steps, random);
    return new FaultRound(List.copyOf(steps));
  }

  private static Fault stop(BreakableCluster cluster, Random random) {
    List<Fault> stops = STOPS.stream().filter(cluster.possible()::contains).toList();
    return stops.get(random.nextInt(stops.size()));
  }

  private static Step step(List<One> faults, Random random) {
    // Without a majority longer than a request waits, so that its error is seen.
    int more = faults.size() > 1 ? 4_000 : 0;
    return new Step(
        500 + random.nextInt(1_500), 200 + random.nextInt(4_000 + more), List.copyOf(faults));
  }

  private static One any(BreakableCluster cluster, Random random) {
    List<Fault> possible = List.copyOf(cluster.possible());
    Fault fault = possible.get(random.nextInt(possible.size()));
    return at(fault, any(cluster, roleFor(fault, random), random), random);
  }

  private static String roleFor(Fault fault, Random random) {
    List<String> roles = ROLES.stream().filter(fault::meets).toList();
    return roles.get(random.nextInt(roles.size()));
  }

  private static String any(BreakableCluster cluster, String role, Random random) {
    List<String> names = cluster.names(role);
    return names.get(random.nextInt(names.size()));
  }

  private static One at(Fault fault, String victim, Random random) {
    return new One(fault, victim, CLOCK_MILLIS[random.nextInt(CLOCK_MILLIS.length)]);
  }

  /** Whether a process of the role is met by a fault that may break its connections. */
  boolean breaks(String role) {
    return steps.stream()
        .flatMap(step -> step.faults.stream())
        .anyMatch(one -> one.victim.startsWith(role) && one.fault != Fault.CLOCK);
  }

  /** Lets them happen; everything is mended when it returns. */
  void run(BreakableCluster cluster) throws IOException {
    for (Step step : steps) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(step.waitMillis));
      System.out.println("Fault: " + step);
      for (One one : step.faults) {
        one.fault.happen(cluster, one.victim, one.amount);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(step.lastMillis));
      for (One one : step.faults) {
        one.fault.mend(cluster, one.victim);
      }
      for (One one : step.faults) {
        one.fault.awaitReady(cluster, one.victim);
      }
    }
  }

  @Override
  public String toString() {
    var text = new StringJoiner("; ");
    steps.forEach(step -> text.add(step.toString()));
    return text.toString();
  }
}
