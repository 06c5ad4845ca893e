package io.vecraft.index.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.vecraft.index.memory.AllMemory;
import io.vecraft.index.memory.ChunkEditor;
import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Locally adaptive 8-bit codes: the mean of the data is subtracted, then each vector has its own
 * scale and offset, so that an error is at most a 510th of the vector's own range. A query is
 * scored against the codes as they are: its products with mean and offset are computed once.
 *
 * <p>The mean is that of the first vectors and stays; until there are enough of them, scores are
 * exact. A mean that fits later vectors badly widens their ranges, nothing else.
 */
final class Lvq8Encoding implements VectorEncoding {
  static final String CODES = "codes";

  /** Vectors that the mean is taken of. */
  static final int TRAINING = 1024;

  private static final int CODE_MIN = -128;
  private static final int CODE_RANGE = 255;
  private static final int TRAILER_BYTES = 16;

  private final VectorIndexConfig config;
  private final FloatEncoding exact;
  private final RowStore codes;
  private final int paddedDimension;

  /** Where scale, offset and squared length begin in a row, after its codes. */
  private final int trailer;

  private volatile Optional<float[]> mean;

  private Lvq8Encoding(
      VectorIndexConfig config, FloatEncoding exact, RowStore codes, Optional<float[]> mean) {
    this.config = config;
    this.exact = exact;
    this.codes = codes;
    this.paddedDimension = Kernels.padded(config.dimension());
    this.trailer = paddedDimension;
    this.mean = mean;
  }

  static Lvq8Encoding create(VectorIndexConfig config, FloatEncoding exact) {
    return new Lvq8Encoding(config, exact, RowStore.create(format(config)), Optional.empty());
  }

  static Lvq8Encoding open(
      VectorIndexConfig config,
      FloatEncoding exact,
      IndexFiles files,
      int count,
      Optional<float[]> mean)
      throws IOException {
    int rows = mean.isPresent() ? count : 0;
    return new Lvq8Encoding(config, exact, files.open(format(config), rows), mean);
  }

  private static RowFormat format(VectorIndexConfig config) {
    return new RowFormat(CODES, Kernels.padded(config.dimension()) + TRAILER_BYTES, true);
  }

  /** The mean once it is fixed. */
  Optional<float[]> mean() {
    return mean;
  }

  @Override
  public void add(int ordinal, float[] vector) {
    if (mean.isPresent()) {
      encode(ordinal, vector, mean.get());
    } else if (ordinal + 1 >= TRAINING) {
      train(ordinal + 1);
    }
  }

  private void train(int count) {
    float[] vector = new float[config.dimension()];
    double[] sum = new double[config.dimension()];
    for (int ordinal = 0; ordinal < count; ordinal++) {
      exact.read(ordinal, vector);
      double factor = factor(vector);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += vector[i] * factor;
      }
    }
    float[] fixed = new float[config.dimension()];
    for (int i = 0; i < fixed.length; i++) {
      fixed[i] = (float) (sum[i] / count);
    }
    for (int ordinal = 0; ordinal < count; ordinal++) {
      exact.read(ordinal, vector);
      encode(ordinal, vector, fixed);
    }
    mean = Optional.of(fixed);
  }

  private float factor(float[] vector) {
    return config.metric() == Metric.COSINE ? FloatEncoding.inverseLength(vector) : 1f;
  }

  private void encode(int ordinal, float[] vector, float[] subtracted) {
    int dimension = config.dimension();
    float[] centred = new float[dimension];
    float factor = factor(vector);
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < dimension; i++) {
      float x = vector[i] * factor - subtracted[i];
      centred[i] = x;
      min = Math.min(min, x);
      max = Math.max(max, x);
    }
    float scale = (max - min) / CODE_RANGE;
    float inverse = scale > 0 ? 1 / scale : 0;
    float offset = min - CODE_MIN * scale;
    byte[] row = new byte[paddedDimension];
    double squared = 0;
    for (int i = 0; i < dimension; i++) {
      int code = Math.min(CODE_RANGE, (int) ((centred[i] - min) * inverse + 0.5f)) + CODE_MIN;
      row[i] = (byte) code;
      float decoded = offset + scale * code;
      squared += (double) decoded * decoded;
    }
    codes.ensure(ordinal + 1L);
    MemorySegment.copy(
        row, 0, codes.segment(ordinal), JAVA_BYTE, codes.offset(ordinal), row.length);
    codes.setFloat(ordinal, trailer, scale);
    codes.setFloat(ordinal, trailer + 4, offset);
    codes.setFloat(ordinal, trailer + 8, (float) squared);
  }

  @Override
  public Scorer scorer() {
    return new CodeScorer();
  }

  @Override
  public boolean approximate() {
    return true;
  }

  @Override
  public List<StoredFile> checkpoint(Path directory, long generation, int count)
      throws IOException {
    return codes.write(directory, generation, count, ChunkEditor.NONE);
  }

  @Override
  public void verifyAll() {
    codes.verifyAll();
  }

  @Override
  public long offHeapBytes() {
    return codes.offHeapBytes();
  }

  @Override
  public void close() {
    codes.close();
  }

  private final class CodeScorer implements Scorer {
    private final Scorer before = exact.scorer();

    /** The query, centred for L2; zero in the padding. */
    private final float[] query = new float[paddedDimension];

    private long[] addresses = new long[64];
    private boolean trained;

    /** The part of the score that does not depend on the row. */
    private float constant;

    private float sum;

    @Override
    public void query(float[] vector) {
      Optional<float[]> subtracted = mean;
      trained = subtracted.isPresent();
      if (!trained) {
        before.query(vector);
        return;
      }
      float factor = factor(vector);
      for (int i = 0; i < vector.length; i++) {
        query[i] = vector[i] * factor;
      }
      if (config.metric() == Metric.L2) {
        subtract(subtracted.get());
      }
      prepare(subtracted.get());
    }

    @Override
    public void queryStored(int ordinal) {
      Optional<float[]> subtracted = mean;
      trained = subtracted.isPresent();
      if (!trained) {
        before.queryStored(ordinal);
        return;
      }
      float[] centre = subtracted.get();
      long row = codes.address(ordinal);
      float scale = AllMemory.SEGMENT.get(FloatEncoding.FLOAT, row + trailer);
      float offset = AllMemory.SEGMENT.get(FloatEncoding.FLOAT, row + trailer + 4);
      boolean centred = config.metric() == Metric.L2;
      Kernels.widenRow(row, query);
      for (int i = 0; i < centre.length; i++) {
        float x = offset + scale * query[i];
        query[i] = centred ? x : x + centre[i];
      }
      for (int i = centre.length; i < query.length; i++) {
        query[i] = 0;
      }
      prepare(centre);
    }

    private void subtract(float[] centre) {
      for (int i = 0; i < centre.length; i++) {
        query[i] -= centre[i];
      }
    }

    private void prepare(float[] centre) {
      sum = Kernels.sum(query);
      constant =
          switch (config.metric()) {
            case L2 -> Kernels.dot(query, query);
            case DOT -> -Kernels.dot(query, centre);
            case COSINE -> 1 - Kernels.dot(query, centre);
          };
    }

    @Override
    public void score(int[] ordinals, int from, int to, float[] into) {
      if (!trained) {
        before.score(ordinals, from, to, into);
        return;
      }
      if (addresses.length < to) {
        addresses = new long[2 * to];
      }
      long[] rows = addresses;
      codes.addresses(ordinals, from, to, rows);
      Kernels.dotCodes(query, rows, from, to, into);
      boolean l2 = config.metric() == Metric.L2;
      MemorySegment memory = AllMemory.SEGMENT;
      for (int i = from; i < to; i++) {
        long at = rows[i] + trailer;
        float scale = memory.get(FloatEncoding.FLOAT, at);
        float offset = memory.get(FloatEncoding.FLOAT, at + 4);
        float dot = scale * into[i] + offset * sum;
        float score =
            l2 ? memory.get(FloatEncoding.FLOAT, at + 8) + constant - 2 * dot : constant - dot;
        into[i] = Scores.ordered(score);
      }
    }
  }
}
