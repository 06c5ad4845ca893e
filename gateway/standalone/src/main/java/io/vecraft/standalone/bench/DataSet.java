package io.vecraft.standalone.bench;

import io.vecraft.index.vector.IntIterator;
import io.vecraft.index.vector.Metric;
import io.vecraft.index.vector.OrdinalFilter;
import io.vecraft.index.vector.Quantization;
import io.vecraft.index.vector.SearchResult;
import io.vecraft.index.vector.VectorIndex;
import io.vecraft.index.vector.VectorIndexConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Vectors to index, vectors to search for, and what is right.
 *
 * <p>Recall is aware of ties: whatever is as near as the tenth nearest counts, because data with
 * duplicates has several right answers.
 *
 * @param name short; also of its directory and collection
 * @param worst distance of the tenth nearest of each query
 */
record DataSet(String name, Metric metric, float[][] base, float[][] queries, double[] worst) {
  static final int K = 10;

  /** Two distances this near are taken for equal: they differ by rounding. */
  private static final double SLACK = 1e-6;

  /** The generated set of a dimension: cosine for those usual for texts, Euclidean otherwise. */
  static DataSet generated(BenchPlan plan, int dimension) {
    Metric metric = dimension == 384 || dimension == 1536 ? Metric.COSINE : Metric.L2;
    Mixture mixture =
        Mixture.of(
            dimension, plan.vectorsOf(dimension), plan.size().queries(), plan.seed() + dimension);
    return of("mixture" + dimension, metric, mixture.base(), mixture.queries());
  }

  /** Finds what is right by comparing with every vector. */
  static DataSet of(String name, Metric metric, float[][] base, float[][] queries) {
    var config =
        new VectorIndexConfig(base[0].length, metric, 2, 2, Quantization.NONE, base.length);
    try (VectorIndex all = VectorIndex.create(config)) {
      for (float[] vector : base) {
        all.append(vector);
      }
      double[] worst =
          IntStream.range(0, queries.length)
              .parallel()
              .mapToDouble(q -> {
                SearchResult found =
                    all.scan(queries[q], K, IntIterator.range(0, base.length), OrdinalFilter.ALL);
                return Arrays.stream(found.ordinals(), 0, found.size())
                    .mapToDouble(o -> distance(metric, queries[q], base[o]))
                    .max()
                    .orElseThrow();
              })
              .toArray();
      return new DataSet(name, metric, base, queries, worst);
    }
  }

  int dimension() {
    return base[0].length;
  }

  /** What {@link #save} named the metric. */
  private static Metric metricOf(Path directory) {
    String name = directory.getFileName().toString();
    return Metric.valueOf(name.substring(name.lastIndexOf('-') + 1).toUpperCase(Locale.ROOT));
  }

  /** Reads what {@link #save} or a script wrote; the right answers are found anew. */
  static DataSet load(Path directory) throws IOException {
    return of(
        directory.getFileName().toString(),
        metricOf(directory),
        NpyFile.read(directory.resolve("base.npy")),
        NpyFile.read(directory.resolve("query.npy")));
  }

  /** Writes it below {@code parent}, for other programs; returns its directory. */
  Path save(Path parent) throws IOException {
    String suffix = "-" + metric.name().toLowerCase(Locale.ROOT);
    Path directory = parent.resolve(name.endsWith(suffix) ? name : name + suffix);
    Files.createDirectories(directory);
    NpyFile.write(directory.resolve("base.npy"), base);
    NpyFile.write(directory.resolve("query.npy"), queries);
    NpyFile.write(directory.resolve("worst.npy"), worst);
    return directory;
  }

  /** How many of the ordinals are among the right ones of the query. */
  int right(int query, int[] ordinals, int count) {
    int right = 0;
    for (int i = 0; i < Math.min(K, count); i++) {
      double distance = distance(metric, queries[query], base[ordinals[i]]);
      if (distance <= worst[query] + SLACK * Math.max(1, Math.abs(worst[query]))) {
        right++;
      }
    }
    return right;
  }

  /** Smaller is nearer; in double precision. */
  private static double distance(Metric metric, float[] a, float[] b) {
    double sum = 0;
    if (metric == Metric.L2) {
      for (int i = 0; i < a.length; i++) {
        double d = (double) a[i] - b[i];
        sum += d * d;
      }
      return sum;
    }
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return metric == Metric.DOT ? -sum : 1 - sum / Math.sqrt(aa * bb);
  }
}
