package io.vecraft.standalone.bench;

import java.util.SplittableRandom;

/**
 * A data set for measurements: a mixture of Gaussian clusters, each with a covariance of low rank,
 * which is nearer to embeddings than independent coordinates are (those have no structure that a
 * graph could use). Made from a seed: the same arguments give the same vectors.
 *
 * @param base vectors to index
 * @param queries vectors to search for, of the same distribution
 */
public record Mixture(float[][] base, float[][] queries) {
  private static final int CLUSTERS = 200;
  private static final int RANK = 12;
  private static final double NOISE = 0.05;

  /** Makes a data set. */
  public static Mixture of(int dimension, int vectors, int queries, long seed) {
    var random = new SplittableRandom(seed);
    int rank = Math.min(RANK, dimension);
    float[][] centres = new float[CLUSTERS][];
    float[][][] axes = new float[CLUSTERS][][];
    for (int c = 0; c < CLUSTERS; c++) {
      centres[c] = gaussian(random, dimension, 1.0);
      axes[c] = new float[rank][];
      for (int r = 0; r < rank; r++) {
        axes[c][r] = gaussian(random, dimension, 1.0 / Math.sqrt(rank));
      }
    }
    float[][] base = new float[vectors][];
    for (int i = 0; i < vectors; i++) {
      base[i] = draw(random, centres, axes, dimension);
    }
    float[][] asked = new float[queries][];
    for (int i = 0; i < queries; i++) {
      asked[i] = draw(random, centres, axes, dimension);
    }
    return new Mixture(base, asked);
  }

  /** The k nearest base vectors of each query by Euclidean distance, as positions; exact. */
  public int[][] nearest(int k) {
    int[][] truth = new int[queries.length][];
    for (int q = 0; q < queries.length; q++) {
      truth[q] = nearest(queries[q], k);
    }
    return truth;
  }

  private int[] nearest(float[] query, int k) {
    var worstFirst =
        new java.util.PriorityQueue<float[]>(
            (a, b) -> Float.compare(b[1], a[1])); // position, distance
    for (int i = 0; i < base.length; i++) {
      float distance = squaredDistance(query, base[i]);
      if (worstFirst.size() < k) {
        worstFirst.add(new float[] {i, distance});
      } else if (distance < worstFirst.element()[1]) {
        worstFirst.remove();
        worstFirst.add(new float[] {i, distance});
      }
    }
    return worstFirst.stream().mapToInt(hit -> (int) hit[0]).toArray();
  }

  private static float squaredDistance(float[] a, float[] b) {
    // Four sums, so that the additions do not wait for one another.
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = 0;
    for (; i + 3 < a.length; i += 4) {
      float d0 = a[i] - b[i];
      float d1 = a[i + 1] - b[i + 1];
      float d2 = a[i + 2] - b[i + 2];
      float d3 = a[i + 3] - b[i + 3];
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    for (; i < a.length; i++) {
      float d = a[i] - b[i];
      s0 += d * d;
    }
    return s0 + s1 + s2 + s3;
  }

  private static float[] draw(
      SplittableRandom random, float[][] centres, float[][][] axes, int dimension) {
    int c = random.nextInt(centres.length);
    float[] v = gaussian(random, dimension, NOISE);
    for (int d = 0; d < dimension; d++) {
      v[d] += centres[c][d];
    }
    for (float[] axis : axes[c]) {
      float weight = (float) random.nextGaussian();
      for (int d = 0; d < dimension; d++) {
        v[d] += weight * axis[d];
      }
    }
    return v;
  }

  private static float[] gaussian(SplittableRandom random, int dimension, double scale) {
    float[] v = new float[dimension];
    for (int d = 0; d < dimension; d++) {
      v[d] = (float) (random.nextGaussian() * scale);
    }
    return v;
  }
}
