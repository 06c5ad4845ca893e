package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import io.vecraft.index.vector.OrdinalFilter;
import io.vecraft.index.vector.Quantization;
import io.vecraft.index.vector.SearchResult;
import io.vecraft.index.vector.VectorIndex;
import io.vecraft.index.vector.VectorIndexConfig;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Builds the index of one data set with one thread and searches it, as a library. */
final class IndexRun {
  static final int M = 16;
  static final int EF_CONSTRUCTION = 100;

  private static final int WARM_UP_EF = 40;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private IndexRun() {}

  /**
   * What one number of candidates gave.
   *
   * @param perSecond queries a second of CPU time of the searching thread, the best pass
   * @param visited vectors compared for a query
   */
  record Point(
      int ef,
      double recall,
      double perSecond,
      double p50Us,
      double p95Us,
      double p99Us,
      long visited)
      implements Efs.Point {}

  /**
   * What an engine gave.
   *
   * @param buildCpuSeconds CPU time of the process while it built, compiler and collector included
   */
  record Result(double buildCpuSeconds, double buildThreadSeconds, List<Point> points) {}

  /** Builds and searches. */
  static Result run(DataSet set, Quantization codes, int passes) {
    var config =
        new VectorIndexConfig(
            set.dimension(), set.metric(), M, EF_CONSTRUCTION, codes, set.base().length);
    try (VectorIndex index = VectorIndex.create(config)) {
      long process = SYSTEM.getProcessCpuTime();
      long thread = THREADS.getCurrentThreadCpuTime();
      for (float[] vector : set.base()) {
        index.add(vector);
      }
      double buildCpu = (SYSTEM.getProcessCpuTime() - process) * 1e-9;
      double buildThread = (THREADS.getCurrentThreadCpuTime() - thread) * 1e-9;
      for (int warm = 0; warm < passes; warm++) {
        search(index, set, WARM_UP_EF, 1);
      }
      List<Point> points = new ArrayList<>();
      for (int ef : Efs.tried()) {
        Point point = search(index, set, ef, passes);
        points.add(point);
        if (point.recall() >= Efs.ENOUGH) {
          break;
        }
      }
      return new Result(buildCpu, buildThread, points);
    }
  }

  private static Point search(VectorIndex index, DataSet set, int ef, int passes) {
    int queries = set.queries().length;
    SearchResult[] results = new SearchResult[queries];
    Histogram latencyNs = new Histogram(3);
    long best = Long.MAX_VALUE;
    for (int pass = 0; pass < passes; pass++) {
      long begin = THREADS.getCurrentThreadCpuTime();
      for (int q = 0; q < queries; q++) {
        long asked = System.nanoTime();
        results[q] = index.search(set.queries()[q], DataSet.K, ef, OrdinalFilter.ALL);
        latencyNs.recordValue(System.nanoTime() - asked);
      }
      best = Math.min(best, THREADS.getCurrentThreadCpuTime() - begin);
    }
    long right = 0;
    long visited = 0;
    for (int q = 0; q < queries; q++) {
      right += set.right(q, results[q].ordinals(), results[q].size());
      visited += results[q].visited();
    }
    return new Point(
        ef,
        (double) right / (queries * DataSet.K),
        queries / (best * 1e-9),
        latencyNs.getValueAtPercentile(50) / 1000.0,
        latencyNs.getValueAtPercentile(95) / 1000.0,
        latencyNs.getValueAtPercentile(99) / 1000.0,
        visited / queries);
  }

  /**
   * In a process of its own, so that its CPU time is of it alone. Arguments: directory of a data
   * set, NONE or LVQ8, passes. Prints one JSON object.
   */
  public static void main(String[] arguments) throws Exception {
    DataSet set = DataSet.load(Path.of(arguments[0]));
    Result result = run(set, Quantization.valueOf(arguments[1]), Integer.parseInt(arguments[2]));
    System.out.println(new ObjectMapper().writeValueAsString(result));
  }
}
