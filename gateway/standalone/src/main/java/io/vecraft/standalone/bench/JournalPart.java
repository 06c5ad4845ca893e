package io.vecraft.standalone.bench;

import io.vecraft.journal.server.JournalBench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Durable appends beside writing and syncing the same bytes in the same batches. */
final class JournalPart {
  private JournalPart() {}

  private record Shape(int recordBytes, int batch) {}

  private static final List<Shape> SHAPES =
      List.of(
          new Shape(512, 1),
          new Shape(512, 16),
          new Shape(512, 64),
          new Shape(512, 512),
          new Shape(1536, 64),
          new Shape(6144, 64));

  static void run(BenchPlan plan, Path work, Report report) {
    Report.Table table =
        report.part(
            "journal",
            "Journal: acknowledged appends of one caller, and writing and syncing the same bytes");
    Duration duration = plan.size().quick() ? Duration.ofMillis(100) : Duration.ofSeconds(3);
    for (Shape shape : plan.size().quick() ? SHAPES.subList(1, 2) : SHAPES) {
      report.screen().working("journal: %d x %d bytes".formatted(shape.batch, shape.recordBytes));
      JournalBench.Result result =
          JournalBench.run(
              work.resolve("journal-%d-%d".formatted(shape.recordBytes, shape.batch)),
              shape.recordBytes,
              shape.batch,
              duration);
      table
          .row()
          .put("record bytes", shape.recordBytes)
          .put("batch", shape.batch)
          .put("journal/s", result.journal().recordsPerSecond())
          .put("journal MB/s", result.journal().megabytesPerSecond())
          .put("plain/s", result.plain().recordsPerSecond())
          .put("plain MB/s", result.plain().megabytesPerSecond())
          .put(
              "journal : plain",
              result.journal().recordsPerSecond() / result.plain().recordsPerSecond());
    }
    table.show();
  }
}
