package io.vecraft.index.vector;

import java.util.NoSuchElementException;

/** Ordinals one after the other, without boxing. */
public interface IntIterator {
  /** Whether there is another. */
  boolean hasNext();

  /** The next ordinal; only after {@link #hasNext}. */
  int next();

  /** The ordinals {@code from} to {@code to - 1}. */
  static IntIterator range(int from, int to) {
    return new IntIterator() {
      private int at = from;

      @Override
      public boolean hasNext() {
        return at < to;
      }

      @Override
      public int next() {
        if (at >= to) {
          throw new NoSuchElementException();
        }
        return at++;
      }
    };
  }

  /** The elements of an array. */
  static IntIterator of(int... ordinals) {
    return new IntIterator() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < ordinals.length;
      }

      @Override
      public int next() {
        if (at >= ordinals.length) {
          throw new NoSuchElementException();
        }
        return ordinals[at++];
      }
    };
  }
}
