package io.vecraft.index.vector;

/**
 * The shape of a {@link VectorIndex}.
 *
 * @param dimension numbers of a vector, 1 to 65,536
 * @param metric distance
 * @param m links of a node on the upper levels, twice as many on level 0; 2 to 128
 * @param efConstruction candidates considered for a new node's links, {@code m} to 10,000
 * @param quantization what the graph is searched with
 * @param maxVectors limit of the index, 1 to 2^30
 */
public record VectorIndexConfig(
    int dimension,
    Metric metric,
    int m,
    int efConstruction,
    Quantization quantization,
    int maxVectors) {
  private static final int DIMENSION_MAX = 1 << 16;
  private static final int M_MIN = 2;
  private static final int M_MAX = 128;
  private static final int EF_MAX = 10_000;
  private static final int VECTORS_MAX = 1 << 30;

  public VectorIndexConfig {
    check("dimension", dimension, 1, DIMENSION_MAX);
    check("m", m, M_MIN, M_MAX);
    check("efConstruction", efConstruction, m, EF_MAX);
    check("maxVectors", maxVectors, 1, VECTORS_MAX);
  }

  private static void check(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s: %d is not in %d..%d".formatted(name, value, min, max));
    }
  }
}
