package io.vecraft.index.metadata;

/**
 * Rows of one block of 65,536: those that certainly match and those that may. The arrays hold one
 * bit per row; they may be shared and are not changed once they are in a {@code Bits}.
 *
 * @param certain subset of {@code possible}
 */
record Bits(long[] certain, long[] possible) {
  static final int BLOCK_ROWS = 1 << 16;
  static final int WORDS = BLOCK_ROWS / Long.SIZE;
  private static final long[] NOTHING = new long[WORDS];

  static Bits exactly(long[] rows) {
    return new Bits(rows, rows);
  }

  static Bits unknown(long[] rows) {
    return new Bits(NOTHING, rows);
  }

  static Bits nothing() {
    return new Bits(NOTHING, NOTHING);
  }

  boolean isExact() {
    return certain == possible;
  }

  /** The negation within {@code all}. */
  Bits not(long[] all) {
    long[] possibleNot = andNot(all, certain);
    return isExact() ? exactly(possibleNot) : new Bits(andNot(all, possible), possibleNot);
  }

  Bits and(Bits other) {
    long[] both = and(possible, other.possible);
    return isExact() && other.isExact()
        ? exactly(both)
        : new Bits(and(certain, other.certain), both);
  }

  Bits or(Bits other) {
    long[] any = or(possible, other.possible);
    return isExact() && other.isExact() ? exactly(any) : new Bits(or(certain, other.certain), any);
  }

  private static long[] and(long[] a, long[] b) {
    long[] out = new long[WORDS];
    for (int i = 0; i < WORDS; i++) {
      out[i] = a[i] & b[i];
    }
    return out;
  }

  private static long[] or(long[] a, long[] b) {
    long[] out = new long[WORDS];
    for (int i = 0; i < WORDS; i++) {
      out[i] = a[i] | b[i];
    }
    return out;
  }

  private static long[] andNot(long[] a, long[] b) {
    long[] out = new long[WORDS];
    for (int i = 0; i < WORDS; i++) {
      out[i] = a[i] & ~b[i];
    }
    return out;
  }

  static void set(long[] bits, int row) {
    bits[row >>> 6] |= 1L << row;
  }

  static boolean get(long[] bits, int row) {
    return (bits[row >>> 6] & 1L << row) != 0;
  }
}
