package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.standalone.bench.LaggedReads.Lag;
import io.vecraft.standalone.bench.LaggedReads.Latencies;
import io.vecraft.standalone.bench.LaggedReads.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The matrix of the document that Vecraft was conceived in: latency of reads by level, dimension,
 * shards and lag of the replicas, each cell beside the figure that was expected there; then the
 * same at one lag for up to 50 shards. The document's sets are larger by a factor that is told.
 */
public final class Matrix {
  private static final int QUERIES = 200;

  /** Percentile of all cells. */
  private static final double P = 95;

  private static final int SCALE_DIMENSION = 512;
  private static final int SCALE_VECTORS = 500_000;
  private static final List<Integer> SCALE_SHARDS = List.of(1, 3, 5, 10, 20, 50);

  /** Milliseconds that the document adds to an eventual read, by lag. */
  private record Expected(int lagMs, int samples, int boundedMs, int strongMs) {}

  private static final List<Expected> LAGS =
      List.of(
          new Expected(0, 200, 0, 0),
          new Expected(100, 60, 3, 10),
          new Expected(500, 20, 10, 30),
          new Expected(1000, 20, 20, 50));

  private static final List<Expected> QUICK =
      List.of(new Expected(0, 3, 0, 0), new Expected(100, 2, 3, 10));

  /**
   * Cells of one dimension and number of shards.
   *
   * @param vectors of the document
   * @param eventualMs P95 that the document expects of an eventual read
   */
  private record Group(int dimension, int vectors, int shards, int eventualMs) {}

  private static final List<Group> GROUPS =
      List.of(
          new Group(128, 1_000_000, 3, 15),
          new Group(512, 500_000, 3, 25),
          new Group(1536, 100_000, 3, 40),
          new Group(128, 1_000_000, 10, 12),
          new Group(512, 500_000, 10, 22));

  /**
   * What to do.
   *
   * @param divisor the document's sets are so many times larger, 1 or more
   * @param seed of the vectors
   * @param quick whether only to see that it works: two groups, few samples
   */
  public record Plan(int divisor, long seed, boolean quick) {}

  private final Plan plan;
  private final Path scratch;
  private final Report report;

  private Matrix(Plan plan, Path scratch, Report report) {
    this.plan = plan;
    this.scratch = scratch;
    this.report = report;
  }

  /**
   * Runs it.
   *
   * @param work directory on the disk to use; what is written there is deleted again
   * @return the machine and all that was shown
   */
  public static ObjectNode run(Plan plan, Path work, Screen screen) throws IOException {
    Report report = new Report(screen);
    ObjectNode root = report.root();
    root.set("machine", Report.JSON.valueToTree(Machine.describe()));
    root.put("seed", plan.seed()).put("quick", plan.quick()).put("divisor", plan.divisor());
    screen.line("Machine: " + root.get("machine"));
    screen.line("Seed: " + plan.seed());
    Files.createDirectories(work);
    Path scratch = Files.createTempDirectory(work, "run-");
    try {
      var matrix = new Matrix(plan, scratch, report);
      matrix.cells();
      matrix.shards();
    } finally {
      WorkDirectory.delete(scratch);
    }
    root.set("load_average_at_end", Report.JSON.valueToTree(Machine.loadAverage()));
    return root;
  }

  private void cells() throws IOException {
    Report.Table table =
        report.part(
            "matrix",
            ("P95 in ms beside what the document expects; its sets are %d times larger. One read at"
                    + " a time, %d vectors/s written meanwhile, bounded means %d ms")
                .formatted(plan.divisor(), LaggedReads.WRITES_PER_SECOND, LaggedReads.BOUND_MS));
    for (Group group : plan.quick() ? GROUPS.subList(0, 1) : GROUPS) {
      Mixture set = set(group.dimension(), group.vectors());
      try (LaggedReads reads = reads(set, group.shards())) {
        for (Expected expected : plan.quick() ? QUICK : LAGS) {
          working(group.dimension(), group.shards(), expected.lagMs());
          var latencies = reads.measure(new Lag(expected.lagMs(), expected.samples()));
          row(table, group, expected, set.base().length, latencies);
        }
      }
      WorkDirectory.delete(data());
    }
    table.show();
  }

  private static void row(
      Report.Table table, Group group, Expected expected, int vectors, Latencies latencies) {
    table
        .row()
        .put("dimension", group.dimension())
        .put("vectors", vectors)
        .put("shards", group.shards())
        .put("lag", expected.lagMs())
        .put("samples", expected.samples())
        .put("eventual", latencies.ms(Level.EVENTUAL, P))
        .put("expected eventual", group.eventualMs())
        .put("bounded", latencies.ms(Level.BOUNDED, P))
        .put("expected bounded", group.eventualMs() + expected.boundedMs())
        .put("own writes", latencies.ms(Level.READ_YOUR_WRITES, P))
        .put("strong", latencies.ms(Level.STRONG, P))
        .put("expected strong", group.eventualMs() + expected.strongMs())
        .put("sync", latencies.extraMs(Level.STRONG, P))
        .put("expected sync", expected.strongMs());
  }

  private void shards() throws IOException {
    Expected expected = (plan.quick() ? QUICK : LAGS).get(1);
    Report.Table table =
        report.part(
            "shards",
            "P95 in ms at %d dimensions and a lag of %d ms, by number of shards"
                .formatted(SCALE_DIMENSION, expected.lagMs()));
    Mixture set = set(SCALE_DIMENSION, SCALE_VECTORS);
    for (int shards : plan.quick() ? List.of(1, 5) : SCALE_SHARDS) {
      try (LaggedReads reads = reads(set, shards)) {
        working(SCALE_DIMENSION, shards, expected.lagMs());
        var latencies = reads.measure(new Lag(expected.lagMs(), expected.samples()));
        table
            .row()
            .put("shards", shards)
            .put("vectors", set.base().length)
            .put("samples", expected.samples())
            .put("eventual", latencies.ms(Level.EVENTUAL, P))
            .put("bounded", latencies.ms(Level.BOUNDED, P))
            .put("own writes", latencies.ms(Level.READ_YOUR_WRITES, P))
            .put("strong", latencies.ms(Level.STRONG, P))
            .put("sync", latencies.extraMs(Level.STRONG, P));
      }
      WorkDirectory.delete(data());
    }
    table.show();
  }

  private Mixture set(int dimension, int documented) {
    int vectors = plan.quick() ? 1_000 : documented / plan.divisor();
    return Mixture.of(dimension, vectors, QUERIES, plan.seed() + dimension);
  }

  private LaggedReads reads(Mixture set, int shards) throws IOException {
    report
        .screen()
        .working(
            "storing %,d x %d in %d shards"
                .formatted(set.base().length, set.base()[0].length, shards));
    return new LaggedReads(data(), set.base(), set.queries(), shards, plan.quick());
  }

  private Path data() {
    return scratch.resolve("data");
  }

  private void working(int dimension, int shards, int lagMs) {
    report
        .screen()
        .working(
            "%d dimensions, %d shards: reads at a lag of %d ms"
                .formatted(dimension, shards, lagMs));
  }
}
