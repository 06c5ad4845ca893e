package io.vecraft.journal.segment;

import io.vecraft.journal.partition.RequestEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The requests of the segment that is being written. Safe for one writer and many readers. */
final class RequestIndex {
  static final int ROW_BYTES = 5 * Long.BYTES;
  private static final Comparator<RequestEntry> BY_REQUEST =
      Comparator.comparingLong(RequestEntry::request).thenComparingLong(RequestEntry::offset);

  private final List<RequestEntry> rows = new ArrayList<>();

  synchronized void addAll(List<RequestEntry> entries) {
    rows.addAll(entries);
  }

  synchronized int size() {
    return rows.size();
  }

  /** Offsets of the records of a request, ascending. */
  synchronized List<Long> find(long request) {
    return rows.stream()
        .filter(r -> r.request() == request)
        .map(RequestEntry::offset)
        .distinct()
        .toList();
  }

  /** All rows by request, as they stand in a footer. */
  synchronized void encode(ByteBuffer target) {
    var sorted = new ArrayList<>(rows);
    sorted.sort(BY_REQUEST);
    for (RequestEntry r : sorted) {
      target.putLong(r.request()).putLong(r.scope()).putLong(r.digest());
      target.putLong(r.offset()).putLong(r.stamp());
    }
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
