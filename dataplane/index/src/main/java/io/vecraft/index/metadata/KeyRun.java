package io.vecraft.index.metadata;

import java.util.Arrays;

/**
 * The entries of one field of a segment while it is built: keys in ascending order, each with its
 * rows in ascending order. Terms for keyword fields, numbers for all others. Used by one thread.
 */
final class KeyRun {
  private final boolean ofTerms;
  private long[] numbers = new long[16];
  private byte[][] terms = new byte[16][];
  private int[] starts = new int[17];
  private char[] rows = new char[64];
  private int keyCount;
  private int rowCount;

  KeyRun(boolean ofTerms) {
    this.ofTerms = ofTerms;
  }

  /** Adds an entry whose key is not below the last one and whose row is above that key's last. */
  void add(long key, int localRow) {
    if (keyCount == 0 || numbers[keyCount - 1] != key) {
      newKey();
      numbers[keyCount++] = key;
    }
    addRow(localRow);
  }

  /** As {@link #add(long, int)} for a term. */
  void add(byte[] term, int localRow) {
    if (keyCount == 0 || !Arrays.equals(terms[keyCount - 1], term)) {
      newKey();
      terms[keyCount++] = term;
    }
    addRow(localRow);
  }

  private void newKey() {
    if (keyCount == numbers.length) {
      if (ofTerms) {
        terms = Arrays.copyOf(terms, 2 * keyCount);
      }
      numbers = Arrays.copyOf(numbers, 2 * keyCount);
      starts = Arrays.copyOf(starts, 2 * keyCount + 1);
    }
    starts[keyCount] = rowCount;
  }

  private void addRow(int localRow) {
    // A value that stands twice in an array is one entry.
    if (rowCount > starts[keyCount - 1] && rows[rowCount - 1] == localRow) {
      return;
    }
    if (rowCount == rows.length) {
      rows = Arrays.copyOf(rows, 2 * rowCount);
    }
    rows[rowCount++] = (char) localRow;
    starts[keyCount] = rowCount;
  }

  boolean ofTerms() {
    return ofTerms;
  }

  int keyCount() {
    return keyCount;
  }

  int rowCount() {
    return rowCount;
  }

  long number(int key) {
    return numbers[key];
  }

  byte[] term(int key) {
    return terms[key];
  }

  int start(int key) {
    return starts[key];
  }

  int row(int entry) {
    return rows[entry];
  }
}
