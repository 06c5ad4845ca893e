package io.vecraft.journal.segment;

import io.vecraft.journal.partition.RequestEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The requests of the segment that is being written, in flat memory in the order of the log. Safe
 * for one writer and many readers.
 */
final class RequestIndex {
  private static final int WIDTH = 5;
  static final int ROW_BYTES = WIDTH * Long.BYTES;
  private static final int DIGIT_BITS = 16;
  private static final int DIGITS = 1 << DIGIT_BITS;

  private long[] rows = new long[64 * WIDTH];
  private int size;

  /** Adds requests of records that follow all others. */
  synchronized void addAll(List<RequestEntry> entries) {
    int needed = Math.multiplyExact(size + entries.size(), WIDTH);
    if (needed > rows.length) {
      rows = Arrays.copyOf(rows, Math.max(needed, Math.multiplyExact(rows.length, 2)));
    }
    for (RequestEntry e : entries) {
      int at = size * WIDTH;
      rows[at] = e.request();
      rows[at + 1] = e.scope();
      rows[at + 2] = e.digest();
      rows[at + 3] = e.offset();
      rows[at + 4] = e.stamp();
      size++;
    }
  }

  synchronized int size() {
    return size;
  }

  /** Offsets of the records of a request, ascending. */
  synchronized List<Long> find(long request) {
    return IntStream.range(0, size)
        .filter(i -> rows[i * WIDTH] == request)
        .mapToObj(i -> rows[i * WIDTH + 3])
        .distinct()
        .toList();
  }

  /** All rows by request, then by offset, as they stand in a footer. */
  synchronized void encode(ByteBuffer target) {
    for (int row : byRequest()) {
      for (int i = 0; i < WIDTH; i++) {
        target.putLong(rows[row * WIDTH + i]);
      }
    }
  }

  /**
   * The rows in the signed order of their requests; those of one request stay in the order of the
   * log. A radix sort: the log stands still meanwhile, and comparing rows one by one takes many
   * times as long.
   */
  private int[] byRequest() {
    int[] order = IntStream.range(0, size).toArray();
    int[] next = new int[size];
    for (int shift = 0; shift < Long.SIZE; shift += DIGIT_BITS) {
      int[] place = new int[DIGITS + 1];
      for (int row : order) {
        place[digit(row, shift) + 1]++;
      }
      for (int d = 0; d < DIGITS; d++) {
        place[d + 1] += place[d];
      }
      for (int row : order) {
        next[place[digit(row, shift)]++] = row;
      }
      int[] sorted = next;
      next = order;
      order = sorted;
    }
    return order;
  }

  /** Sixteen bits of a row's request, made so that unsigned order is the signed one. */
  private int digit(int row, int shift) {
    return (int) ((rows[row * WIDTH] ^ Long.MIN_VALUE) >>> shift) & DIGITS - 1;
  }

  static RequestEntry decode(ByteBuffer source, int row) {
    int at = row * ROW_BYTES;
    return new RequestEntry(
        source.getLong(at),
        source.getLong(at + 8),
        source.getLong(at + 16),
        source.getLong(at + 24),
        source.getLong(at + 32));
  }

  /** Offsets of the records of a request among {@code count} encoded rows, ascending. */
  static List<Long> find(ByteBuffer rows, int count, long request) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (rows.getLong(middle * ROW_BYTES) < request) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    var offsets = new ArrayList<Long>();
    for (int i = low; i < count && rows.getLong(i * ROW_BYTES) == request; i++) {
      offsets.add(rows.getLong(i * ROW_BYTES + 24));
    }
    return offsets.stream().distinct().toList();
  }
}
