package io.vecraft.standalone.bench;

import io.vecraft.journal.log.raft.RaftBench;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Replicated appends beside Ratis alone, and what the quorum clock adds to them. */
final class ReplicationPart {
  private static final int CLOCK_ROUNDS = 6;
  private static final int WARM_UPS_MAX = 20;

  private ReplicationPart() {}

  private record Shape(int recordBytes, int batch, int window) {}

  private static final List<Shape> SHAPES =
      List.of(
          new Shape(512, 64, 4),
          new Shape(512, 1, 1),
          new Shape(512, 1, 64),
          new Shape(1536, 64, 4));

  static void run(BenchPlan plan, Path work, Report report) throws IOException {
    boolean quick = plan.size().quick();
    ratis(quick, work, report);
    clock(quick, work, report);
  }

  private static void ratis(boolean quick, Path work, Report report) throws IOException {
    Report.Table table =
        report.part(
            "ratis",
            "Replicated partition: acknowledged appends, and Ratis alone with the same batches;"
                + " three replicas each in this process");
    for (Shape shape : quick ? SHAPES.subList(0, 1) : SHAPES) {
      report.screen().working("ratis: %d x %d bytes".formatted(shape.batch, shape.recordBytes));
      Path directory =
          work.resolve("ratis-%d-%d-%d".formatted(shape.recordBytes, shape.batch, shape.window));
      RaftBench.Result result =
          RaftBench.run(
              directory,
              shape.recordBytes,
              shape.batch,
              shape.window,
              quick ? Duration.ofMillis(200) : Duration.ofSeconds(8),
              quick ? 1 : WARM_UPS_MAX);
      table
          .row()
          .put("record bytes", shape.recordBytes)
          .put("batch", shape.batch)
          .put("batches under way", shape.window)
          .put("journal/s", result.journal())
          .put("ratis/s", result.ratis())
          .put("journal : ratis", result.journal() / result.ratis());
    }
    table.show();
  }

  private static void clock(boolean quick, Path work, Report report) throws IOException {
    Report.Table table =
        report.part(
            "clock",
            "Quorum clock: one append of 512 bytes at a time to a partition of three replicas, with"
                + " the clock group of three and with one local clock");
    report.screen().working("clock");
    try (var bench = ReplicatedClock.open(work.resolve("clock"))) {
      Duration turn = quick ? Duration.ofMillis(200) : Duration.ofSeconds(3);
      int rounds = quick ? 1 : CLOCK_ROUNDS;
      int warmUps = quick ? 1 : WARM_UPS_MAX;
      for (ReplicatedClock.Times times : bench.run(turn, rounds, warmUps)) {
        table
            .row()
            .put("clock", times.clock())
            .put("appends", times.appends())
            .put("P50 ms", times.append().p50())
            .put("P95 ms", times.append().p95())
            .put("cpu ms an append", times.cpuMillis())
            .put("round P50 ms", times.round().p50())
            .put("round P95 ms", times.round().p95())
            .put("compiling", times.compiling());
      }
    }
    table.show();
  }
}
