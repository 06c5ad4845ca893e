package io.vecraft.index.vector;

import io.vecraft.index.memory.AllMemory;
import io.vecraft.index.memory.ChunkEditor;
import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The vectors as they were written, in float32. For cosine the inverse of each length is kept
 * beside them, so that what is read back is what was written.
 */
final class FloatEncoding implements VectorEncoding {
  static final String VECTORS = "vectors";
  static final String NORMS = "norms";
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int dimension;
  private final Metric metric;
  private final RowStore vectors;
  private final RowStore norms;

  private FloatEncoding(VectorIndexConfig config, RowStore vectors, RowStore norms) {
    this.dimension = config.dimension();
    this.metric = config.metric();
    this.vectors = vectors;
    this.norms = norms;
  }

  static FloatEncoding create(VectorIndexConfig config) {
    return new FloatEncoding(
        config, RowStore.create(vectorFormat(config)), RowStore.create(normFormat()));
  }

  static FloatEncoding open(VectorIndexConfig config, IndexFiles files, int count)
      throws IOException {
    RowStore vectors = files.open(vectorFormat(config), count);
    try {
      int norms = config.metric() == Metric.COSINE ? count : 0;
      return new FloatEncoding(config, vectors, files.open(normFormat(), norms));
    } catch (IOException | RuntimeException e) {
      vectors.close();
      throw e;
    }
  }

  private static RowFormat vectorFormat(VectorIndexConfig config) {
    return new RowFormat(VECTORS, Kernels.padded(config.dimension()) * Float.BYTES, true);
  }

  private static RowFormat normFormat() {
    return new RowFormat(NORMS, Float.BYTES, true);
  }

  @Override
  public void add(int ordinal, float[] vector) {
    vectors.ensure(ordinal + 1L);
    MemorySegment.copy(
        vector, 0, vectors.segment(ordinal), FLOAT, vectors.offset(ordinal), dimension);
    if (metric == Metric.COSINE) {
      norms.ensure(ordinal + 1L);
      norms.setFloat(ordinal, 0, inverseLength(vector));
    }
  }

  /** The inverse of the Euclidean length, 0 for a vector of zeros; finite. */
  static float inverseLength(float[] vector) {
    double sum = 0;
    for (float x : vector) {
      sum += (double) x * x;
    }
    return sum == 0 ? 0 : (float) Math.min(Float.MAX_VALUE, 1 / Math.sqrt(sum));
  }

  /** Copies a vector; the rest of {@code into} is left alone. */
  void read(int ordinal, float[] into) {
    MemorySegment.copy(
        vectors.segment(ordinal), FLOAT, vectors.offset(ordinal), into, 0, dimension);
  }

  /** The distance that the metric promises, of a score. */
  float distance(float score) {
    return metric == Metric.L2 ? (float) Math.sqrt(score) : score;
  }

  @Override
  public Scorer scorer() {
    return new FloatScorer();
  }

  @Override
  public boolean approximate() {
    return false;
  }

  @Override
  public List<StoredFile> checkpoint(Path directory, long generation, int count)
      throws IOException {
    List<StoredFile> files =
        new ArrayList<>(vectors.write(directory, generation, count, ChunkEditor.NONE));
    if (metric == Metric.COSINE) {
      files.addAll(norms.write(directory, generation, count, ChunkEditor.NONE));
    }
    return files;
  }

  @Override
  public void verifyAll() {
    vectors.verifyAll();
    norms.verifyAll();
  }

  @Override
  public long offHeapBytes() {
    return vectors.offHeapBytes() + norms.offHeapBytes();
  }

  @Override
  public void close() {
    vectors.close();
    norms.close();
  }

  private final class FloatScorer implements Scorer {
    private final float[] query = new float[Kernels.padded(dimension)];
    private long[] addresses = new long[64];
    private long[] normAddresses = new long[64];

    @Override
    public void query(float[] vector) {
      float factor = metric == Metric.COSINE ? inverseLength(vector) : 1;
      for (int i = 0; i < dimension; i++) {
        query[i] = vector[i] * factor;
      }
    }

    @Override
    public void queryStored(int ordinal) {
      float factor = metric == Metric.COSINE ? norms.getFloat(ordinal, 0) : 1;
      Kernels.scaleRow(vectors.address(ordinal), factor, query);
    }

    @Override
    public void score(int[] ordinals, int from, int to, float[] into) {
      if (addresses.length < to) {
        addresses = new long[2 * to];
        normAddresses = new long[2 * to];
      }
      vectors.addresses(ordinals, from, to, addresses);
      switch (metric) {
        case L2 -> {
          Kernels.squaredDistance(query, addresses, from, to, into);
          for (int i = from; i < to; i++) {
            into[i] = Scores.ordered(into[i]);
          }
        }
        case DOT -> {
          Kernels.dot(query, addresses, from, to, into);
          for (int i = from; i < to; i++) {
            into[i] = Scores.ordered(-into[i]);
          }
        }
        case COSINE -> {
          Kernels.dot(query, addresses, from, to, into);
          norms.addresses(ordinals, from, to, normAddresses);
          for (int i = from; i < to; i++) {
            float norm = AllMemory.SEGMENT.get(FLOAT, normAddresses[i]);
            into[i] = Scores.ordered(1 - into[i] * norm);
          }
        }
      }
    }
  }
}
