package io.vecraft.index.vector;

/**
 * A score, an ordinal and two marks in one long, so that sorting numbers sorts neighbours: nearest
 * first, of equally near ones the smaller ordinal first.
 */
final class Scores {
  /** Ordinals have 30 bits; the marks are below them. */
  private static final int ORDINAL_SHIFT = 2;

  private static final long ORDINAL_MASK = (1L << 30) - 1;

  /** The neighbours of this one have been looked at. */
  static final long EXPANDED = 1;

  /** The filter accepts this one. */
  static final long ACCEPTED = 2;

  private Scores() {}

  /** A score that can be ordered: numbers that overflowed are far away, and zero has one form. */
  static float ordered(float score) {
    return Float.isNaN(score) ? Float.POSITIVE_INFINITY : score + 0f;
  }

  static long pack(float score, int ordinal, long marks) {
    int bits = Float.floatToRawIntBits(score);
    int key = bits ^ ((bits >> 31) & 0x7fffffff);
    return ((long) key << 32) | ((long) ordinal << ORDINAL_SHIFT) | marks;
  }

  static int ordinal(long packed) {
    return (int) ((packed >>> ORDINAL_SHIFT) & ORDINAL_MASK);
  }

  static float score(long packed) {
    int key = (int) (packed >> 32);
    return Float.intBitsToFloat(key ^ ((key >> 31) & 0x7fffffff));
  }
}
