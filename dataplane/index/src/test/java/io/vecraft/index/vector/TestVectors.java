package io.vecraft.index.vector;

import java.util.Arrays;
import java.util.Random;

/** Vectors for tests, and the truth about them by plain loops. */
final class TestVectors {
  private TestVectors() {}

  /** Set with {@code -Dvecraft.test.seed=N}; printed so that a failure can be repeated. */
  static Random random(String test) {
    long seed = Long.getLong("vecraft.test.seed", 20261123L);
    System.out.println(test + " seed " + seed);
    return new Random(seed);
  }

  static float[] gaussian(Random random, int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  static float[][] gaussian(Random random, int count, int dimension) {
    float[][] vectors = new float[count][];
    Arrays.setAll(vectors, i -> gaussian(random, dimension));
    return vectors;
  }

  /** Tight clusters far from the origin. */
  static float[][] clustered(Random random, int count, int dimension, int clusters) {
    float[][] centres = gaussian(random, clusters, dimension);
    float[][] vectors = gaussian(random, count, dimension);
    for (float[] vector : vectors) {
      float[] centre = centres[random.nextInt(clusters)];
      for (int i = 0; i < dimension; i++) {
        vector[i] = vector[i] * 0.2f + centre[i] + 3;
      }
    }
    return vectors;
  }

  static double distance(Metric metric, float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    double squared = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
      squared += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return switch (metric) {
      case COSINE -> aa == 0 || bb == 0 ? 1 : 1 - dot / Math.sqrt(aa) / Math.sqrt(bb);
      case DOT -> -dot;
      case L2 -> Math.sqrt(squared);
    };
  }

  /** Distances of the k nearest accepted vectors, ascending. */
  static double[] nearest(
      Metric metric, float[][] vectors, float[] query, int k, OrdinalFilter filter) {
    return java.util.stream.IntStream.range(0, vectors.length)
        .filter(filter::accepts)
        .mapToDouble(i -> distance(metric, vectors[i], query))
        .sorted()
        .limit(k)
        .toArray();
  }

  /** The share of hits that are no farther than the k-th nearest. */
  static double recall(SearchResult result, double[] truth) {
    if (truth.length == 0) {
      return 1;
    }
    double limit = truth[truth.length - 1];
    int found = 0;
    for (int i = 0; i < result.size(); i++) {
      if (result.distances()[i] <= limit + 1e-4 * Math.abs(limit) + 1e-6) {
        found++;
      }
    }
    return (double) found / truth.length;
  }
}
