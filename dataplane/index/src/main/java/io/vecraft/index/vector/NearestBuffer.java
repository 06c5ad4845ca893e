package io.vecraft.index.vector;

import java.util.Arrays;

/** Keeps the k nearest of any number of scored vectors; sorts now and then instead of at each. */
final class NearestBuffer {
  private final int k;
  private long[] entries;
  private int size;
  private long bound = Long.MAX_VALUE;

  NearestBuffer(int k) {
    this.k = k;
    this.entries = new long[Math.min(2 * k + 64, 1024)];
  }

  void add(float score, int ordinal) {
    long entry = Scores.pack(score, ordinal, 0);
    if (entry >= bound) {
      return;
    }
    if (size == entries.length) {
      makeRoom();
    }
    entries[size++] = entry;
  }

  private void makeRoom() {
    if (size < 2 * k + 64) {
      entries = Arrays.copyOf(entries, Math.min(2 * k + 64, 2 * size));
    } else {
      keepNearest();
    }
  }

  private void keepNearest() {
    Arrays.sort(entries, 0, size);
    if (size >= k) {
      size = k;
      bound = entries[k - 1];
    }
  }

  /** The nearest, sorted. */
  long[] nearest() {
    keepNearest();
    return Arrays.copyOf(entries, size);
  }
}
