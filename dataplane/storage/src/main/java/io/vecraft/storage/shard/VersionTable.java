package io.vecraft.storage.shard;

import io.vecraft.index.memory.ChunkEditor;
import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * The rows of a shard, one for each operation, by ascending stamp. All of a row is fixed when it is
 * appended, but for its end, which is set once: when the next version of its record comes.
 *
 * <p>One thread appends and sets ends; readers of rows below {@link #size()} take no lock.
 */
final class VersionTable implements AutoCloseable {
  /** No row, no ordinal. */
  static final int NONE = -1;

  /** End of a version that is current. */
  static final long CURRENT = Long.MAX_VALUE;

  private static final RowFormat ROWS = new RowFormat("rows", 32, true);
  private static final RowFormat ENDS = new RowFormat("ends", 8, false);
  private static final int BEGIN = 0;
  private static final int PAYLOAD = 8;
  private static final int PREVIOUS = 16;
  private static final int ORDINAL = 20;
  private static final int OPERATION_AND_KIND = 24;
  private static final int LIVE = 28;
  private static final int KIND_BITS = 3;
  private static final int KIND_MASK = (1 << KIND_BITS) - 1;
  private static final int STEP = 1024;

  private final RowStore rows;
  private final RowStore ends;
  private volatile int size;

  private VersionTable(RowStore rows, RowStore ends, int size) {
    this.rows = rows;
    this.ends = ends;
    this.size = size;
  }

  static VersionTable create() {
    return new VersionTable(RowStore.create(ROWS), RowStore.create(ENDS), 0);
  }

  static VersionTable open(
      Path directory, List<StoredFile> rowFiles, List<StoredFile> endFiles, int size)
      throws IOException {
    RowStore rows = RowStore.open(ROWS, directory, rowFiles, size);
    try {
      return new VersionTable(rows, RowStore.open(ENDS, directory, endFiles, size), size);
    } catch (IOException | RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  /** Rows so far. */
  int size() {
    return size;
  }

  int append(long begin, long payload, int previous, int ordinal, int operation, RowKind kind) {
    int change = kind == RowKind.CREATED ? 1 : kind == RowKind.DELETED ? -1 : 0;
    return append(begin, payload, previous, ordinal, operation, kind, change);
  }

  /**
   * Appends a row whose part in the number of records is not told by its kind.
   *
   * @param change records that there are more after it
   */
  int append(
      long begin,
      long payload,
      int previous,
      int ordinal,
      int operation,
      RowKind kind,
      int change) {
    int row = size;
    if (row == Integer.MAX_VALUE - STEP) {
      throw new IllegalStateException("a shard holds at most " + row + " operations");
    }
    if (row % STEP == 0 || rows.capacity() <= row || ends.capacity() <= row) {
      rows.ensure(row + (long) STEP);
      ends.ensure(row + (long) STEP);
    }
    rows.setLong(row, BEGIN, begin);
    rows.setLong(row, PAYLOAD, payload);
    rows.setInt(row, PREVIOUS, previous);
    rows.setInt(row, ORDINAL, ordinal);
    rows.setInt(row, OPERATION_AND_KIND, operation << KIND_BITS | kind.code());
    rows.setInt(row, LIVE, (row == 0 ? 0 : live(row - 1)) + change);
    size = row + 1;
    return row;
  }

  long begin(int row) {
    return rows.getLong(row, BEGIN);
  }

  /** Where the version ends, {@link #CURRENT} if it has not. */
  long end(int row) {
    long end = ends.getLong(row, 0);
    return end == 0 ? CURRENT : end;
  }

  void setEnd(int row, long end) {
    ends.setLong(row, 0, end);
  }

  long payload(int row) {
    return rows.getLong(row, PAYLOAD);
  }

  int previous(int row) {
    return rows.getInt(row, PREVIOUS);
  }

  int ordinal(int row) {
    return rows.getInt(row, ORDINAL);
  }

  int operation(int row) {
    return rows.getInt(row, OPERATION_AND_KIND) >>> KIND_BITS;
  }

  RowKind kind(int row) {
    return RowKind.of(rows.getInt(row, OPERATION_AND_KIND) & KIND_MASK);
  }

  /** Records of the database that existed after this row. */
  int live(int row) {
    return rows.getInt(row, LIVE);
  }

  /** Whether the row is a version of its record that is visible at {@code stamp}. */
  boolean visible(int row, long stamp) {
    if (begin(row) > stamp || end(row) <= stamp) {
      return false;
    }
    RowKind kind = kind(row);
    return kind.effective() && kind != RowKind.DELETED;
  }

  /** The first row that begins above {@code stamp}; {@link #size()} if there is none. */
  int firstAbove(long stamp) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (begin(middle) > stamp) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  List<StoredFile> writeRows(Path directory, long generation, int count) throws IOException {
    VarHandle.acquireFence();
    return rows.write(directory, generation, count, ChunkEditor.NONE);
  }

  /** Stores the ends of the first {@code count} rows as they were at {@code stamp}. */
  List<StoredFile> writeEnds(Path directory, long generation, int count, long stamp)
      throws IOException {
    var layout = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ChunkEditor asOf =
        (copy, first, n) -> {
          boolean differs = false;
          for (long i = 0; i < n; i++) {
            // Read again: a copy made while an end is set may hold half of it.
            long end = ends.getLong(first + i, 0);
            boolean later = end > stamp;
            copy.set(layout, i * Long.BYTES, later ? 0 : end);
            differs |= later;
          }
          return differs;
        };
    return ends.write(directory, generation, count, asOf);
  }

  long offHeapBytes() {
    return rows.offHeapBytes() + ends.offHeapBytes();
  }

  @Override
  public void close() {
    rows.close();
    ends.close();
  }
}
