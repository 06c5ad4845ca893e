package io.vecraft.standalone.bench;

import io.vecraft.standalone.bench.LaggedReads.Lag;
import io.vecraft.standalone.bench.LaggedReads.Latencies;
import io.vecraft.standalone.bench.LaggedReads.Level;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What fresh reads cost more than eventual ones while the replica lags. */
final class ConsistencyPart {
  private static final int DIMENSION = 128;
  private static final int VECTORS = 20_000;
  private static final int QUICK_VECTORS = 500;
  private static final List<Lag> LAGS =
      List.of(new Lag(0, 200), new Lag(100, 60), new Lag(500, 20), new Lag(1000, 15));
  private static final List<Lag> QUICK = List.of(new Lag(0, 5), new Lag(100, 2));

  private ConsistencyPart() {}

  static void run(BenchPlan plan, Path work, Report report) throws IOException {
    boolean quick = plan.size().quick();
    int vectors = quick ? QUICK_VECTORS : VECTORS;
    Mixture set = Mixture.of(DIMENSION, vectors, plan.size().queries(), plan.seed() + DIMENSION);
    Report.Table table =
        report.part(
            "consistency",
            ("Reads of %d x %d while %d vectors/s are written and replay is held back for the lag;"
                    + " bounded means %d ms")
                .formatted(
                    vectors, DIMENSION, LaggedReads.WRITES_PER_SECOND, LaggedReads.BOUND_MS));
    Path data = work.resolve("consistency");
    try (var reads = new LaggedReads(data, set.base(), set.queries(), 1, quick)) {
      for (Lag lag : quick ? QUICK : LAGS) {
        report.screen().working("reads at a lag of %d ms".formatted(lag.ms()));
        rows(lag, reads.measure(lag), table);
      }
    }
    table.show();
    WorkDirectory.delete(data);
  }

  private static void rows(Lag lag, Latencies latencies, Report.Table table) {
    for (Level level : Level.values()) {
      table
          .row()
          .put("lag ms", lag.ms())
          .put("level", level.name().toLowerCase(Locale.ROOT))
          .put("samples", lag.samples())
          .put("P50 ms", latencies.ms(level, 50))
          .put("P95 ms", latencies.ms(level, 95))
          .put("max ms", latencies.ms(level, 100))
          .put("extra P50 ms", latencies.extraMs(level, 50))
          .put("extra P95 ms", latencies.extraMs(level, 95));
    }
  }
}
