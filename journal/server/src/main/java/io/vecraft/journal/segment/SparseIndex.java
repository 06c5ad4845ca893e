package io.vecraft.journal.segment;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Places in a segment, one every {@value #EVERY_BYTES} bytes or so: offset, stamp, position. Safe
 * for one writer and many readers.
 */
final class SparseIndex {
  static final int EVERY_BYTES = 16 << 10;
  private static final int WIDTH = 3;

  private long[] rows = new long[WIDTH * 16];
  private int size;

  /** Notes a record unless one near it is noted. */
  synchronized void offer(long offset, long stamp, long position) {
    if (size > 0 && position - rows[size * WIDTH - 1] < EVERY_BYTES) {
      return;
    }
    if (size * WIDTH == rows.length) {
      rows = Arrays.copyOf(rows, rows.length * 2);
    }
    rows[size * WIDTH] = offset;
    rows[size * WIDTH + 1] = stamp;
    rows[size * WIDTH + 2] = position;
    size++;
  }

  /** The last noted place at or before an offset. */
  synchronized Place byOffset(long offset) {
    return at(last(0, offset));
  }

  /** The last noted place whose stamp is at most the given, or the first. */
  synchronized Place byStamp(long stamp) {
    return at(last(1, stamp));
  }

  synchronized int size() {
    return size;
  }

  synchronized void encode(ByteBuffer target) {
    for (int i = 0; i < size * WIDTH; i++) {
      target.putLong(rows[i]);
    }
  }

  static int encodedBytes(int size) {
    return size * WIDTH * Long.BYTES;
  }

  static SparseIndex decode(ByteBuffer source, int size) {
    var index = new SparseIndex();
    index.rows = new long[Math.max(1, size) * WIDTH];
    index.size = size;
    for (int i = 0; i < size * WIDTH; i++) {
      index.rows[i] = source.getLong();
    }
    return index;
  }

  private int last(int column, long value) {
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = low + high + 1 >>> 1;
      if (rows[middle * WIDTH + column] <= value) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private Place at(int i) {
    return new Place(rows[i * WIDTH], rows[i * WIDTH + 1], rows[i * WIDTH + 2]);
  }

  record Place(long offset, long stamp, long position) {}
}
