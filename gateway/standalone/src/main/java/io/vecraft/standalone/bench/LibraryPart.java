package io.vecraft.standalone.bench;

import io.vecraft.index.vector.Quantization;

/** The index as a library in this process: one thread, no server. */
final class LibraryPart {
  private LibraryPart() {}

  static void run(BenchPlan plan, Report report) {
    Report.Table table =
        report.part(
            "search", "Search in this process: one thread; queries a second by its CPU time");
    for (int dimension : plan.dimensions()) {
      DataSet set = DataSet.generated(plan, dimension);
      report.screen().working("library: " + set.name());
      for (Quantization codes : Quantization.values()) {
        IndexRun.Result result = IndexRun.run(set, codes, plan.size().passes());
        for (double recall : Efs.RECALLS) {
          Efs.first(result.points(), recall)
              .ifPresent(point ->
                  table
                      .row()
                      .put("set", set.name())
                      .put("vectors", set.base().length)
                      .put("codes", name(codes))
                      .put("build cpu s", result.buildCpuSeconds())
                      .put("recall wanted", recall)
                      .put("recall", point.recall())
                      .put("ef", point.ef())
                      .put("qps", point.perSecond())
                      .put("P50 ms", point.p50Us() / 1000)
                      .put("P95 ms", point.p95Us() / 1000)
                      .put("P99 ms", point.p99Us() / 1000));
        }
      }
    }
    table.show();
  }

  /** As a collection's definition calls it. */
  static String name(Quantization codes) {
    return switch (codes) {
      case NONE -> "none";
      case LVQ8 -> "lvq8";
    };
  }
}
