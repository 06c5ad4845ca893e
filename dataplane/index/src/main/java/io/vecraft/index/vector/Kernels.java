package io.vecraft.index.vector;

import io.vecraft.index.memory.AllMemory;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Distances of one query to many rows outside the heap, four rows at a time: their loads and sums
 * run beside each other, which hides most of the latency of memory. So does that few instructions
 * are between one group and the next: the processor looks ahead as far as some hundred of them
 * reach. That is why rows come as addresses, checked by {@link
 * io.vecraft.index.memory.RowStore#addresses} once each, and why fewer than four rows at the end
 * are four with one of them repeated.
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

  /** The dot products of {@code query} with float rows at the addresses. */
  static void dot(float[] query, long[] rows, int from, int to, float[] into) {
    for (int i = from; i < to; i += 4) {
      int left = to - i;
      long p0 = rows[i];
      long p1 = left > 1 ? rows[i + 1] : p0;
      long p2 = left > 2 ? rows[i + 2] : p0;
      long p3 = left > 3 ? rows[i + 3] : p0;
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        a0 = numbers(p0, j).fma(q, a0);
        a1 = numbers(p1, j).fma(q, a1);
        a2 = numbers(p2, j).fma(q, a2);
        a3 = numbers(p3, j).fma(q, a3);
      }
      into[i] = total(a0);
      if (left > 1) {
        into[i + 1] = total(a1);
      }
      if (left > 2) {
        into[i + 2] = total(a2);
      }
      if (left > 3) {
        into[i + 3] = total(a3);
      }
    }
  }

  /** The squared Euclidean distances of {@code query} to float rows at the addresses. */
  static void squaredDistance(float[] query, long[] rows, int from, int to, float[] into) {
    for (int i = from; i < to; i += 4) {
      int left = to - i;
      long p0 = rows[i];
      long p1 = left > 1 ? rows[i + 1] : p0;
      long p2 = left > 2 ? rows[i + 2] : p0;
      long p3 = left > 3 ? rows[i + 3] : p0;
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        FloatVector d0 = numbers(p0, j).sub(q);
        a0 = d0.fma(d0, a0);
        FloatVector d1 = numbers(p1, j).sub(q);
        a1 = d1.fma(d1, a1);
        FloatVector d2 = numbers(p2, j).sub(q);
        a2 = d2.fma(d2, a2);
        FloatVector d3 = numbers(p3, j).sub(q);
        a3 = d3.fma(d3, a3);
      }
      into[i] = total(a0);
      if (left > 1) {
        into[i + 1] = total(a1);
      }
      if (left > 2) {
        into[i + 2] = total(a2);
      }
      if (left > 3) {
        into[i + 3] = total(a3);
      }
    }
  }

  /** The dot products of {@code query} with rows of signed bytes at the addresses. */
  static void dotCodes(float[] query, long[] rows, int from, int to, float[] into) {
    for (int i = from; i < to; i += 4) {
      int left = to - i;
      long p0 = rows[i];
      long p1 = left > 1 ? rows[i + 1] : p0;
      long p2 = left > 2 ? rows[i + 2] : p0;
      long p3 = left > 3 ? rows[i + 3] : p0;
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int j = 0; j < query.length; j += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, query, j);
        a0 = codes(p0, j).fma(q, a0);
        a1 = codes(p1, j).fma(q, a1);
        a2 = codes(p2, j).fma(q, a2);
        a3 = codes(p3, j).fma(q, a3);
      }
      into[i] = total(a0);
      if (left > 1) {
        into[i + 1] = total(a1);
      }
      if (left > 2) {
        into[i + 2] = total(a2);
      }
      if (left > 3) {
        into[i + 3] = total(a3);
      }
    }
  }

  private static FloatVector numbers(long row, int j) {
    return FloatVector.fromMemorySegment(FLOATS, AllMemory.SEGMENT, row + ((long) j << 2), LE);
  }

  /** The numbers of one float row, each times {@code factor}. */
  static void scaleRow(long row, float factor, float[] into) {
    for (int j = 0; j < into.length; j += LANES) {
      numbers(row, j).mul(factor).intoArray(into, j);
    }
  }

  /** The codes of one row as floats. */
  static void widenRow(long row, float[] into) {
    for (int j = 0; j < into.length; j += LANES) {
      codes(row, j).intoArray(into, j);
    }
  }

  private static FloatVector codes(long row, int j) {
    if (ONE_PART) {
      return (FloatVector)
          ByteVector.fromMemorySegment(BYTES, AllMemory.SEGMENT, row + j, LE).castShape(FLOATS, 0);
    }
    int base = j / BYTES.length() * BYTES.length();
    return (FloatVector)
        ByteVector.fromMemorySegment(BYTES, AllMemory.SEGMENT, row + base, LE)
            .castShape(FLOATS, (j - base) / LANES);
  }
}
