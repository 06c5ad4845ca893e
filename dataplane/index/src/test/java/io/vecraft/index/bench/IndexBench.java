package io.vecraft.index.bench;

import com.sun.management.OperatingSystemMXBean;
import io.vecraft.index.vector.Metric;
import io.vecraft.index.vector.OrdinalFilter;
import io.vecraft.index.vector.Quantization;
import io.vecraft.index.vector.SearchResult;
import io.vecraft.index.vector.VectorIndex;
import io.vecraft.index.vector.VectorIndexConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The index on one data set: one thread, CPU time; for building that of the whole process, compiler
 * and collector included. Prints one JSON object. Arguments: SET NONE|LVQ8 M EF_CONSTRUCTION PASSES
 * EF...
 */
public final class IndexBench {
  private static final int K = 10;

  private IndexBench() {}

  public static void main(String[] args) throws Exception {
    Path set = Path.of(args[0]);
    Quantization codes = Quantization.valueOf(args[1]);
    float[][] base = floats(set.resolve("base.npy"));
    float[][] queries = floats(set.resolve("query.npy"));
    int[][] truth = ints(set.resolve("truth.npy"));
    String name = set.getFileName().toString();
    Metric metric =
        Metric.valueOf(name.substring(name.lastIndexOf('-') + 1).toUpperCase(Locale.ROOT));
    int passes = Integer.parseInt(args[4]);
    try (VectorIndex index =
        VectorIndex.create(
            new VectorIndexConfig(
                base[0].length,
                metric,
                Integer.parseInt(args[2]),
                Integer.parseInt(args[3]),
                codes,
                base.length))) {
      var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      var threads = ManagementFactory.getThreadMXBean();
      long process = system.getProcessCpuTime();
      long thread = threads.getCurrentThreadCpuTime();
      for (float[] vector : base) {
        index.add(vector);
      }
      double build = (system.getProcessCpuTime() - process) * 1e-9;
      double own = (threads.getCurrentThreadCpuTime() - thread) * 1e-9;
      StringBuilder points = new StringBuilder();
      for (int warm = 0; warm < 3; warm++) {
        recall(index, queries, truth, 40, new long[1]);
      }
      for (int i = 5; i < args.length; i++) {
        int ef = Integer.parseInt(args[i]);
        double[] seconds = new double[passes];
        double recall = 0;
        long[] visited = new long[1];
        for (int pass = 0; pass < passes; pass++) {
          visited[0] = 0;
          long begin = threads.getCurrentThreadCpuTime();
          recall = recall(index, queries, truth, ef, visited);
          seconds[pass] = (threads.getCurrentThreadCpuTime() - begin) * 1e-9;
        }
        Arrays.sort(seconds);
        points.append(
            "%s{\"ef\": %d, \"recall\": %.4f, \"qps\": %.1f, \"visited\": %d}"
                .formatted(
                    points.isEmpty() ? "" : ", ",
                    ef,
                    recall,
                    queries.length / seconds[passes / 2],
                    visited[0] / queries.length));
      }
      System.out.printf(
          "{\"engine\": \"vecraft %s\", \"build_cpu_s\": %.2f, \"build_thread_s\": %.2f,"
              + " \"off_heap_mb\": %d, \"points\": [%s]}%n",
          codes, build, own, index.offHeapBytes() >> 20, points);
    }
  }

  private static double recall(
      VectorIndex index, float[][] queries, int[][] truth, int ef, long[] visited) {
    int found = 0;
    for (int q = 0; q < queries.length; q++) {
      SearchResult result = index.search(queries[q], K, ef, OrdinalFilter.ALL);
      visited[0] += result.visited();
      for (int hit : result.ordinals()) {
        for (int wanted : truth[q]) {
          if (hit == wanted) {
            found++;
          }
        }
      }
    }
    return (double) found / (queries.length * K);
  }

  private record Array(ByteBuffer data, int rows, int columns) {}

  private static Array read(Path file, String type) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      all.order(ByteOrder.LITTLE_ENDIAN);
      byte[] header = new byte[Short.toUnsignedInt(all.getShort(8))];
      all.get(10, header);
      String text = new String(header, StandardCharsets.US_ASCII);
      Matcher shape = Pattern.compile("'shape': \\((\\d+), (\\d+)\\)").matcher(text);
      if (!shape.find() || !text.contains(type)) {
        throw new IOException(file + ": unexpected header " + text);
      }
      return new Array(
          all.slice(10 + header.length, all.limit() - 10 - header.length)
              .order(ByteOrder.LITTLE_ENDIAN),
          Integer.parseInt(shape.group(1)),
          Integer.parseInt(shape.group(2)));
    }
  }

  private static float[][] floats(Path file) throws IOException {
    Array array = read(file, "<f4");
    float[][] rows = new float[array.rows()][array.columns()];
    var numbers = array.data().asFloatBuffer();
    for (float[] row : rows) {
      numbers.get(row);
    }
    return rows;
  }

  private static int[][] ints(Path file) throws IOException {
    Array array = read(file, "<i4");
    int[][] rows = new int[array.rows()][array.columns()];
    var numbers = array.data().asIntBuffer();
    for (int[] row : rows) {
      numbers.get(row);
    }
    return rows;
  }
}
