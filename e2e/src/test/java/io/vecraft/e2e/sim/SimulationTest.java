package io.vecraft.e2e.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.e2e.history.Op;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The product's rules of order keep every promise in many simulated worlds, and the checkers find
 * every mistake that could be made in their place.
 *
 * <p>{@code -Dvecraft.sim.seeds} says how many worlds, {@code -Dvecraft.sim.seed} which is the
 * first: a failure names its seed, and {@code -Dvecraft.sim.seed=N -Dvecraft.sim.seeds=1} runs that
 * one again.
 */
class SimulationTest {
  private static final long SEEDS = Long.getLong("vecraft.sim.seeds", 10_000);
  private static final long MISTAKE_SEEDS_MAX = 6_000;
  private static final int FAILURES_SHOWN = 3;

  /** What the runs had in them, so that a world in which nothing happens does not pass. */
  private static final class Coverage {
    final LongAdder acknowledged = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder unanswered = new LongAdder();
    final LongAdder transactions = new LongAdder();
    final LongAdder decided = new LongAdder();
    final LongAdder aborted = new LongAdder();
    final LongAdder strong = new LongAdder();
    final LongAdder session = new LongAdder();
    final LongAdder retried = new LongAdder();
    final LongAdder crashes = new LongAdder();
    final LongAdder groups = new LongAdder();
    final LongAdder moves = new LongAdder();

    void add(SimResult result) {
      result.ops().forEach(this::add);
      retried.add(result.events().retries());
      crashes.add(result.events().crashes());
      groups.add(result.events().clockGroups());
      moves.add(result.events().moves());
    }

    private void add(Op op) {
      switch (op.action()) {
        case Op.Read r -> {
          strong.add(r.level() instanceof Op.Level.Strong ? 1 : 0);
          session.add(r.level() instanceof Op.Level.ReadYourWrites ? 1 : 0);
        }
        case Op.Write w -> {
          boolean applied = ((Op.Result.Known) w.result()).applied().getFirst();
          boolean conditional =
              w.items().stream().anyMatch(i -> !(i.condition() instanceof Op.Condition.None));
          acknowledged.add(op.returned() != Op.NEVER ? 1 : 0);
          unanswered.add(op.returned() == Op.NEVER ? 1 : 0);
          refused.add(applied ? 0 : 1);
          transactions.add(w.items().size() > 1 ? 1 : 0);
          decided.add(w.items().size() > 1 && conditional && applied ? 1 : 0);
          aborted.add(w.items().size() > 1 && !applied ? 1 : 0);
        }
      }
    }

    List<LongAdder> all() {
      return List.of(
          acknowledged,
          refused,
          unanswered,
          transactions,
          decided,
          aborted,
          strong,
          session,
          retried,
          crashes,
          groups,
          moves);
    }

    @Override
    public String toString() {
      return ("writes acknowledged %s, refused %s, never answered %s, retried %s; transactions %s,"
              + " decided by an outcome %s, aborted %s; strong reads %s, session reads %s;"
              + " crashes %s, clock groups %s, moves %s")
          .formatted(
              acknowledged,
              refused,
              unanswered,
              retried,
              transactions,
              decided,
              aborted,
              strong,
              session,
              crashes,
              groups,
              moves);
    }
  }

  @Test
  void everyHistoryIsStrictlySerializableAndSessionsReadTheirWrites() {
    long first = Long.getLong("vecraft.sim.seed", System.nanoTime() / 1_000);
    System.out.printf("simulation: seeds %d to %d%n", first, first + SEEDS - 1);
    var coverage = new Coverage();
    List<String> failures =
        LongStream.range(first, first + SEEDS)
            .parallel()
            .mapToObj(seed -> failure(seed, coverage))
            .flatMap(Optional::stream)
            .limit(FAILURES_SHOWN)
            .toList();
    System.out.println("simulation: " + coverage);
    assertThat(failures).isEmpty();
    if (SEEDS >= 1_000) {
      assertThat(coverage.all()).allMatch(count -> count.sum() >= SEEDS / 100);
    }
  }

  private static Optional<String> failure(long seed, Coverage coverage) {
    SimResult result = run(seed, Scenario.of(seed), Mistake.NONE);
    coverage.add(result);
    return result.fine()
        ? Optional.empty()
        : Optional.of(
            "seed %d (-Dvecraft.sim.seed=%d -Dvecraft.sim.seeds=1): %s"
                .formatted(seed, seed, result.describe()));
  }

  private static SimResult run(long seed, Scenario scenario, Mistake mistake) {
    try {
      return SimResult.of(seed, scenario, mistake);
    } catch (RuntimeException e) {
      throw new IllegalStateException("seed %d, %s, %s".formatted(seed, scenario, mistake), e);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void theCheckersFindTheMistake(Mistake mistake) {
    for (long seed = 1; seed <= MISTAKE_SEEDS_MAX; seed++) {
      if (isFound(mistake, seed)) {
        System.out.printf("simulation: %s found at seed %d%n", mistake, seed);
        return;
      }
    }
    throw new AssertionError(mistake + " was not found in " + MISTAKE_SEEDS_MAX + " seeds");
  }

  private static boolean isFound(Mistake mistake, long seed) {
    try {
      return mistake.foundIn(run(seed, mistake.scenario(), mistake));
    } catch (IllegalStateException e) {
      // The logs, or the replicas of them, contradict each other before a checker is asked.
      if (mistake.breaksLogs()) {
        return true;
      }
      throw e;
    }
  }

  @Test
  void theSameSeedGivesTheSameHistory() {
    for (Scenario scenario : EnumSet.allOf(Scenario.class)) {
      for (long seed = 1; seed <= 20; seed++) {
        assertThat(run(seed, scenario, Mistake.NONE).ops())
            .as("seed %d, %s", seed, scenario)
            .isEqualTo(run(seed, scenario, Mistake.NONE).ops());
      }
    }
  }
}
