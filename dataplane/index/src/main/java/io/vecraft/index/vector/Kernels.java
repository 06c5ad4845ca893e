package io.vecraft.index.vector;

import io.vecraft.index.memory.RowStore;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Distances of one query to many rows outside the heap, four rows at a time: their loads and sums
 * run beside each other, which hides most of the latency of memory.
 *
 * <p>Rows and queries are padded with zeros to {@link #padded} numbers, so there are no remainders.
 */
final class Kernels {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();

  /** Bytes that widen to one vector of floats, or to two where vectors are short. */
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));

  private static final boolean ONE_PART = BYTES.length() == LANES;
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  // Lanes that are added to those before them, by halves.
  private static final VectorShuffle<Float> BY_EIGHT = VectorShuffle.iota(FLOATS, 8, 1, true);
  private static final VectorShuffle<Float> BY_FOUR = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_TWO = VectorShuffle.iota(FLOATS, 2, 1, true);
  private static final VectorShuffle<Float> BY_ONE = VectorShuffle.iota(FLOATS, 1, 1, true);

  /** Rows are padded to this many numbers: no vector unit that is supported has more lanes. */
  private static final int PADDING = 16;

  private Kernels() {}

  /** Numbers of a row of {@code dimension} numbers with its padding. */
  static int padded(int dimension) {
    return (dimension + PADDING - 1) & -PADDING;
  }

  /** The dot product of the numbers that both have. */
  static float dot(float[] a, float[] b) {
    int length = Math.min(a.length, b.length);
    int whole = FLOATS.loopBound(length);
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int j = 0; j < whole; j += LANES) {
      sum = FloatVector.fromArray(FLOATS, a, j).fma(FloatVector.fromArray(FLOATS, b, j), sum);
    }
    float result = total(sum);
    for (int j = whole; j < length; j++) {
      result += a[j] * b[j];
    }
    return result;
  }

  /**
   * The sum of the lanes, in an order of its own: {@code reduceLanes} adds in another order once it
   * is compiled, so that the same distance would differ in its last bit from one call to the next.
   */
  private static float total(FloatVector lanes) {
    FloatVector sum = lanes;
    if (LANES > 8) {
      sum = sum.add(sum.rearrange(BY_EIGHT));
    }
    if (LANES > 4) {
      sum = sum.add(sum.rearrange(BY_FOUR));
    }
    if (LANES > 2) {
      sum = sum.add(sum.rearrange(BY_TWO));
    }
    return sum.add(sum.rearrange(BY_ONE)).lane(0);
  }

  /** The sum of padded numbers. */
  static float sum(float[] padded) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int j = 0; j < padded.length; j += LANES) {
      sum = sum.add(FloatVector.fromArray(FLOATS, padded, j));
    }
    return total(sum);
  }

  /** The dot products of {@code query} with float rows. */
  static void dot(float[] query, RowStore rows, int[] ordinals, int from, int to, float[] into) {
    int i = from;
    for (; i + 3 < to; i += 4) {
      int r0 = ordinals[i];
      int r1 = ordinals[i + 1];
      int r2 = ordinals[i + 2];
      int r3 = ordinals[i + 3];
      MemorySegment s0 = rows.segment(r0);
      MemorySegment s1 = rows.segment(r1);
      MemorySegment s2 = rows.segment(r2);
      MemorySegment s3 = rows.segment(r3);
      long o0 = rows.offset(r0);
      long o1 = rows.offset(r1);
      long o2 = rows.offset(r2);
      long o3 = rows.offset(r3);
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        long at = (long) j << 2;
        a0 = FloatVector.fromMemorySegment(FLOATS, s0, o0 + at, LE).fma(q, a0);
        a1 = FloatVector.fromMemorySegment(FLOATS, s1, o1 + at, LE).fma(q, a1);
        a2 = FloatVector.fromMemorySegment(FLOATS, s2, o2 + at, LE).fma(q, a2);
        a3 = FloatVector.fromMemorySegment(FLOATS, s3, o3 + at, LE).fma(q, a3);
      }
      into[i] = total(a0);
      into[i + 1] = total(a1);
      into[i + 2] = total(a2);
      into[i + 3] = total(a3);
    }
    for (; i < to; i++) {
      MemorySegment s = rows.segment(ordinals[i]);
      long o = rows.offset(ordinals[i]);
      FloatVector a = FloatVector.zero(FLOATS);
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        a = FloatVector.fromMemorySegment(FLOATS, s, o + ((long) j << 2), LE).fma(q, a);
      }
      into[i] = total(a);
    }
  }

  /** The squared Euclidean distances of {@code query} to float rows. */
  static void squaredDistance(
      float[] query, RowStore rows, int[] ordinals, int from, int to, float[] into) {
    int i = from;
    for (; i + 3 < to; i += 4) {
      int r0 = ordinals[i];
      int r1 = ordinals[i + 1];
      int r2 = ordinals[i + 2];
      int r3 = ordinals[i + 3];
      MemorySegment s0 = rows.segment(r0);
      MemorySegment s1 = rows.segment(r1);
      MemorySegment s2 = rows.segment(r2);
      MemorySegment s3 = rows.segment(r3);
      long o0 = rows.offset(r0);
      long o1 = rows.offset(r1);
      long o2 = rows.offset(r2);
      long o3 = rows.offset(r3);
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        long at = (long) j << 2;
        FloatVector d0 = FloatVector.fromMemorySegment(FLOATS, s0, o0 + at, LE).sub(q);
        FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, s1, o1 + at, LE).sub(q);
        FloatVector d2 = FloatVector.fromMemorySegment(FLOATS, s2, o2 + at, LE).sub(q);
        FloatVector d3 = FloatVector.fromMemorySegment(FLOATS, s3, o3 + at, LE).sub(q);
        a0 = d0.fma(d0, a0);
        a1 = d1.fma(d1, a1);
        a2 = d2.fma(d2, a2);
        a3 = d3.fma(d3, a3);
      }
      into[i] = total(a0);
      into[i + 1] = total(a1);
      into[i + 2] = total(a2);
      into[i + 3] = total(a3);
    }
    for (; i < to; i++) {
      MemorySegment s = rows.segment(ordinals[i]);
      long o = rows.offset(ordinals[i]);
      FloatVector a = FloatVector.zero(FLOATS);
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        FloatVector d = FloatVector.fromMemorySegment(FLOATS, s, o + ((long) j << 2), LE).sub(q);
        a = d.fma(d, a);
      }
      into[i] = total(a);
    }
  }

  /** The dot products of {@code query} with rows of signed bytes. */
  static void dotCodes(
      float[] query, RowStore rows, int[] ordinals, int from, int to, float[] into) {
    int i = from;
    for (; i + 3 < to; i += 4) {
      int r0 = ordinals[i];
      int r1 = ordinals[i + 1];
      int r2 = ordinals[i + 2];
      int r3 = ordinals[i + 3];
      MemorySegment s0 = rows.segment(r0);
      MemorySegment s1 = rows.segment(r1);
      MemorySegment s2 = rows.segment(r2);
      MemorySegment s3 = rows.segment(r3);
      long o0 = rows.offset(r0);
      long o1 = rows.offset(r1);
      long o2 = rows.offset(r2);
      long o3 = rows.offset(r3);
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        a0 = widen(s0, o0, j).fma(q, a0);
        a1 = widen(s1, o1, j).fma(q, a1);
        a2 = widen(s2, o2, j).fma(q, a2);
        a3 = widen(s3, o3, j).fma(q, a3);
      }
      into[i] = total(a0);
      into[i + 1] = total(a1);
      into[i + 2] = total(a2);
      into[i + 3] = total(a3);
    }
    for (; i < to; i++) {
      MemorySegment s = rows.segment(ordinals[i]);
      long o = rows.offset(ordinals[i]);
      FloatVector a = FloatVector.zero(FLOATS);
      for (int j = 0; j < query.length; j += LANES) {
        a = widen(s, o, j).fma(FloatVector.fromArray(FLOATS, query, j), a);
      }
      into[i] = total(a);
    }
  }

  /** The numbers of one float row, each times {@code factor}. */
  static void scaleRow(RowStore rows, int ordinal, float factor, float[] into) {
    MemorySegment segment = rows.segment(ordinal);
    long offset = rows.offset(ordinal);
    for (int j = 0; j < into.length; j += LANES) {
      FloatVector.fromMemorySegment(FLOATS, segment, offset + ((long) j << 2), LE)
          .mul(factor)
          .intoArray(into, j);
    }
  }

  /** The codes of one row as floats. */
  static void widenRow(RowStore rows, int ordinal, float[] into) {
    MemorySegment segment = rows.segment(ordinal);
    long offset = rows.offset(ordinal);
    for (int j = 0; j < into.length; j += LANES) {
      widen(segment, offset, j).intoArray(into, j);
    }
  }

  private static FloatVector widen(MemorySegment segment, long offset, int j) {
    if (ONE_PART) {
      return (FloatVector)
          ByteVector.fromMemorySegment(BYTES, segment, offset + j, LE).castShape(FLOATS, 0);
    }
    int base = j / BYTES.length() * BYTES.length();
    return (FloatVector)
        ByteVector.fromMemorySegment(BYTES, segment, offset + base, LE)
            .castShape(FLOATS, (j - base) / LANES);
  }
}
