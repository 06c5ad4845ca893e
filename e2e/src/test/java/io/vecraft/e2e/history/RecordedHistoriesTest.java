package io.vecraft.e2e.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.e2e.history.Op.Level;
import io.vecraft.e2e.history.Op.Read;
import io.vecraft.e2e.history.Op.Result;
import io.vecraft.e2e.history.Op.Write;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Histories of a running standalone, recorded from outside while its replicas lag and stand still.
 * {@code -Dvecraft.history.runs=N} records more, {@code -Dvecraft.history.seed=N} repeats the
 * choices of a run (not its interleavings).
 */
@TestInstance(Lifecycle.PER_CLASS)
class RecordedHistoriesTest {
  private static final int RUNS = 4;

  @TempDir static Path directory;

  private final List<List<Op>> histories = new ArrayList<>();

  @BeforeAll
  void record() throws IOException {
    int runs = Integer.getInteger("vecraft.history.runs", RUNS);
    long seed = Long.getLong("vecraft.history.seed", System.nanoTime());
    System.out.printf("Recorded histories: %d, -Dvecraft.history.seed=%d%n", runs, seed);
    var random = new Random(seed);
    for (int run = 0; run < runs; run++) {
      histories.add(HistoryRun.record(directory.resolve("run-" + run), random.nextLong()));
      System.out.println("Recorded " + counts(histories.getLast()));
    }
  }

  private static String counts(List<Op> history) {
    return "%d operations: %d writes (%d without effect), %d strong, %d bounded, %d in sessions, %d as of a stamp, %d eventual (%d stale)"
        .formatted(
            history.size(),
            count(history, op -> op.action() instanceof Write),
            count(history, RecordedHistoriesTest::withoutEffect),
            count(history, op -> has(op, Level.Strong.class)),
            count(history, op -> has(op, Level.Bounded.class)),
            count(history, op -> has(op, Level.ReadYourWrites.class)),
            count(history, op -> has(op, Level.AsOf.class)),
            count(history, op -> has(op, Level.Eventual.class)),
            count(history, op -> stale(history, op)));
  }

  private static long count(List<Op> history, java.util.function.Predicate<Op> which) {
    return history.stream().filter(which).count();
  }

  private static boolean has(Op op, Class<? extends Level> level) {
    return op.action() instanceof Read r && level.isInstance(r.level());
  }

  private static boolean withoutEffect(Op op) {
    return op.action() instanceof Write w
        && w.result() instanceof Result.Known k
        && k.applied().contains(false);
  }

  /** An eventual read that lacks a write which was acknowledged before it began. */
  private static boolean stale(List<Op> history, Op read) {
    return has(read, Level.Eventual.class)
        && history.stream()
            .anyMatch(w ->
                w.action() instanceof Write
                    && w.returned() < read.invoked()
                    && w.place().orElseThrow() > read.place().orElseThrow());
  }

  @Test
  void writesTransactionsAndStrongReadsAreStrictlySerializable() {
    for (List<Op> history : histories) {
      assertThat(SerialSearch.check(history)).isInstanceOf(Verdict.Fine.class);
    }
  }

  @Test
  void everyReadIsOfItsInstantAndKeepsWhatItsLevelPromises() {
    for (List<Op> history : histories) {
      assertThat(StampRules.check(history)).isInstanceOf(Verdict.Fine.class);
    }
  }

  @Test
  void theReplicasLaggedAndConditionsFailed() {
    List<Op> all = histories.stream().flatMap(List::stream).toList();
    assertThat(all).anyMatch(RecordedHistoriesTest::withoutEffect);
    assertThat(histories).anyMatch(h -> h.stream().anyMatch(op -> stale(h, op)));
  }

  /** The same histories with one thing made wrong. */
  @ParameterizedTest
  @EnumSource
  void corruptedHistoriesAreRejected(Corruption corruption) {
    int sites = 0;
    for (List<Op> history : histories) {
      Optional<List<Op>> wrong = corruption.of(history);
      if (wrong.isPresent()) {
        sites++;
        assertThat(StampRules.check(wrong.get()))
            .as("%s of %s", corruption, wrong.get())
            .isInstanceOf(Verdict.Wrong.class);
        if (corruption.seenFromOutside()) {
          assertThat(SerialSearch.check(wrong.get()))
              .as("%s of %s", corruption, wrong.get())
              .isInstanceOf(Verdict.Wrong.class);
        }
      }
    }
    assertThat(sites).as("histories in which it could be done").isPositive();
  }
}
