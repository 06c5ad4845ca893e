package io.vecraft.index.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Rows of a fixed number of bytes outside the heap, zero until written, that grow without moving.
 *
 * <p>Readers and writers of rows take no lock; who writes the same row at the same time, and how a
 * row is handed to readers, is the caller's concern. Numbers are little-endian. A row or a position
 * that does not exist is an {@link IndexOutOfBoundsException}, use after {@link #close} an {@link
 * IllegalStateException}; memory that is not the store's is never read.
 *
 * <p>{@link #write} stores rows in files of 16 MiB, one per chunk; only what has changed since the
 * last call for the same directory is written. {@link #open} maps them. A block of a mapped file is
 * verified when first touched: any access may throw {@link DamagedBlockException}.
 */
public final class RowStore implements AutoCloseable {
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final RowFormat format;
  private final int rowBytes;
  private final int shift;
  private final long mask;
  private final Arena arena = Arena.ofShared();

  /** Chunks by number; replaced by a longer copy when a chunk is added. */
  private volatile MemorySegment[] chunks = {};

  /** Where the chunks begin, as addresses; as many as {@link #chunks} or, for a moment, fewer. */
  private volatile long[] starts = {};

  /** Rows that exist. */
  private volatile long capacity;

  /** Whether the first chunk has been asked to use huge pages; guarded by this. */
  private boolean hugePages;

  /** Whether a mapped block may be unverified; never becomes true again. */
  private boolean unverified;

  /** The file that a chunk is mapped from, by chunk; fixed once opened. */
  private final RowFile[] mapped;

  /**
   * By chunk one byte, non-zero if it changed since it was last stored: an array of its own each,
   * so that a mark is not lost in the copy when the store grows.
   */
  private volatile byte[][] dirty = {};

  // Guarded by writeLock.
  private final Object writeLock = new Object();
  private final List<Stored> stored = new ArrayList<>();
  private Optional<Path> storedIn = Optional.empty();

  /** What the last write stored of a chunk. */
  private record Stored(StoredFile file, long rows) {}

  /** Rows that there will ever be. */
  private final long rowsMax;

  private RowStore(RowFormat format, RowFile[] mapped, long rowsMax) {
    this.format = format;
    this.rowsMax = rowsMax;
    this.rowBytes = format.rowBytes();
    this.shift = format.chunkShift();
    this.mask = (1L << shift) - 1;
    this.mapped = mapped;
    this.unverified = mapped.length > 0;
  }

  /** An empty store. */
  public static RowStore create(RowFormat format) {
    return new RowStore(format, new RowFile[0], Long.MAX_VALUE);
  }

  /** A store of so many rows, which takes no more memory than they need. */
  public static RowStore ofRows(RowFormat format, long rows) {
    RowStore store = new RowStore(format, new RowFile[0], rows);
    store.ensure(rows);
    return store;
  }

  /**
   * Opens rows that {@link #write} stored. Full chunks are mapped and verified when touched; the
   * last, partly filled one is read and verified at once, because the store goes on growing in it.
   *
   * @param files what {@code write} returned, in its order
   * @param rows the rows that were stored
   * @throws DamagedBlockException if a file is missing, is another one, or the last is damaged
   */
  public static RowStore open(RowFormat format, Path directory, List<StoredFile> files, long rows)
      throws IOException {
    int shift = format.chunkShift();
    long perChunk = 1L << shift;
    if (files.size() != (rows + perChunk - 1) >>> shift) {
      throw new IllegalArgumentException(
          "files: %d files do not hold %d rows".formatted(files.size(), rows));
    }
    int full = (int) (rows >>> shift);
    RowStore store = new RowStore(format, new RowFile[full], Long.MAX_VALUE);
    try {
      store.map(directory, files, rows);
      return store;
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void map(Path directory, List<StoredFile> files, long rows) throws IOException {
    long perChunk = mask + 1;
    MemorySegment[] segments = new MemorySegment[files.size()];
    for (int chunk = 0; chunk < mapped.length; chunk++) {
      long first = (long) chunk << shift;
      RowFile file =
          RowFile.open(
              directory, files.get(chunk), arena, !format.appendOnly(), rowBytes, first, perChunk);
      mapped[chunk] = file;
      segments[chunk] = file.data();
      stored.add(new Stored(files.get(chunk), perChunk));
    }
    if (mapped.length < files.size()) {
      long first = (long) mapped.length << shift;
      StoredFile last = files.getLast();
      MemorySegment memory = allocate(mapped.length);
      try (Arena once = Arena.ofShared()) {
        RowFile file = RowFile.open(directory, last, once, false, rowBytes, first, rows - first);
        file.verifyAll();
        MemorySegment.copy(file.data(), 0, memory, 0, file.data().byteSize());
      }
      segments[mapped.length] = memory;
      stored.add(new Stored(last, rows - first));
    }
    storedIn = Optional.of(directory.toAbsolutePath());
    dirty = new byte[segments.length][1];
    chunks = segments;
    starts = addressesOf(segments);
    capacity = rows;
    outgrowSmallPages(segments);
  }

  /** The shape of the rows. */
  public RowFormat format() {
    return format;
  }

  /** Rows that exist; never less than before. */
  public long capacity() {
    return capacity;
  }

  /** Makes rows below {@code rows} exist, zeroed if they are new. Thread-safe. */
  public void ensure(long rows) {
    if (rows > capacity) {
      grow(rows);
    }
  }

  private synchronized void grow(long rows) {
    if (rows > rowsMax) {
      throw new IllegalStateException("a store of %d rows does not grow".formatted(rowsMax));
    }
    int needed = Math.toIntExact((rows + mask) >>> shift);
    int present = chunks.length;
    if (needed > present) {
      MemorySegment[] longer = Arrays.copyOf(chunks, needed);
      for (int chunk = present; chunk < needed; chunk++) {
        longer[chunk] = allocate(chunk);
      }
      byte[][] marks = Arrays.copyOf(dirty, needed);
      for (int chunk = present; chunk < needed; chunk++) {
        marks[chunk] = new byte[] {1};
      }
      dirty = marks;
      chunks = longer;
      starts = addressesOf(longer);
    }
    capacity = Math.max(capacity, rows);
    outgrowSmallPages(chunks);
  }

  private static long[] addressesOf(MemorySegment[] segments) {
    return Arrays.stream(segments).mapToLong(MemorySegment::address).toArray();
  }

  private MemorySegment allocate(int chunk) {
    long rows = Math.min(mask + 1, rowsMax - ((long) chunk << shift));
    MemorySegment memory = NativeMemory.allocate(arena, rows * rowBytes);
    if (chunk > 0) {
      NativeMemory.useHugePages(memory);
    }
    return memory;
  }

  // Small stores stay on small pages: a huge page is committed whole.
  private void outgrowSmallPages(MemorySegment[] present) {
    if (!hugePages && capacity * rowBytes > NativeMemory.HUGE_PAGE_BYTES) {
      hugePages = true;
      if (mapped.length == 0) {
        NativeMemory.useHugePages(present[0]);
      }
    }
  }

  /**
   * The memory that holds a row, for code that reads many numbers of it at once; the row begins at
   * {@link #offset}. Reading elsewhere in the segment reads other rows of the store.
   */
  public MemorySegment segment(long row) {
    Objects.checkIndex(row, capacity);
    if (unverified) {
      verify(row);
    }
    return chunks[(int) (row >>> shift)];
  }

  /** Where a row begins in its {@link #segment}. */
  public long offset(long row) {
    return (row & mask) * rowBytes;
  }

  /** The address of a row, for {@link AllMemory}. It holds until the store is closed. */
  public long address(int row) {
    Objects.checkIndex((long) row, capacity);
    if (unverified) {
      verify(row);
    }
    return addressIn(starts, row);
  }

  private long addressIn(long[] begins, int row) {
    return begins[row >>> shift] + (row & (int) mask) * (long) rowBytes;
  }

  /**
   * {@link #address} of many rows.
   *
   * @param from first place of {@code rows} that is looked at, and of {@code into} that is written
   * @param to after the last
   */
  public void addresses(int[] rows, int from, int to, long[] into) {
    long present = capacity;
    long[] begins = starts;
    boolean check = unverified;
    for (int i = from; i < to; i++) {
      int row = rows[i];
      Objects.checkIndex((long) row, present);
      if (check) {
        verify(row);
      }
      into[i] = addressIn(begins, row);
    }
  }

  /** To be called after a row was changed through its segment; the setters do it themselves. */
  public void changed(long row) {
    VarHandle.releaseFence();
    dirty[(int) (row >>> shift)][0] = 1;
  }

  private void verify(long row) {
    int chunk = (int) (row >>> shift);
    if (chunk < mapped.length) {
      mapped[chunk].verify(offset(row), rowBytes);
    }
  }

  /** Verifies {@code count} rows of one chunk, from {@code row}. */
  void verifyRange(long row, long count) {
    int chunk = (int) (row >>> shift);
    if (unverified && chunk < mapped.length) {
      mapped[chunk].verify(offset(row), count * rowBytes);
    }
  }

  /** The int at byte {@code at} of a row. */
  public int getInt(long row, int at) {
    checkPosition(at, Integer.BYTES);
    return segment(row).get(INT, offset(row) + at);
  }

  /** Sets the int at byte {@code at} of a row. */
  public void setInt(long row, int at, int value) {
    checkPosition(at, Integer.BYTES);
    segment(row).set(INT, offset(row) + at, value);
    changed(row);
  }

  /** The long at byte {@code at} of a row. */
  public long getLong(long row, int at) {
    checkPosition(at, Long.BYTES);
    return segment(row).get(LONG, offset(row) + at);
  }

  /** Sets the long at byte {@code at} of a row. */
  public void setLong(long row, int at, long value) {
    checkPosition(at, Long.BYTES);
    segment(row).set(LONG, offset(row) + at, value);
    changed(row);
  }

  /** The float at byte {@code at} of a row. */
  public float getFloat(long row, int at) {
    checkPosition(at, Float.BYTES);
    return segment(row).get(FLOAT, offset(row) + at);
  }

  /** Sets the float at byte {@code at} of a row. */
  public void setFloat(long row, int at, float value) {
    checkPosition(at, Float.BYTES);
    segment(row).set(FLOAT, offset(row) + at, value);
    changed(row);
  }

  /** The byte at {@code at} of a row. */
  public byte getByte(long row, int at) {
    checkPosition(at, Byte.BYTES);
    return segment(row).get(JAVA_BYTE, offset(row) + at);
  }

  /** Sets the byte at {@code at} of a row. */
  public void setByte(long row, int at, byte value) {
    checkPosition(at, Byte.BYTES);
    segment(row).set(JAVA_BYTE, offset(row) + at, value);
    changed(row);
  }

  private void checkPosition(int at, int length) {
    Objects.checkFromIndexSize(at, length, rowBytes);
  }

  /**
   * Stores the rows below {@code rows} and makes the files durable; the directory itself is the
   * caller's to sync. A file is never overwritten with other content as long as generations do not
   * repeat, so the files of an older checkpoint stay as they are. Readers and writers go on; a row
   * that is changed meanwhile is stored as before, as after, or torn.
   *
   * @param generation part of the new files' names
   * @param editor applied to a copy of the rows that are written
   * @return the files that hold the rows, new and old, in the order that {@link #open} needs
   */
  public List<StoredFile> write(Path directory, long generation, long rows, ChunkEditor editor)
      throws IOException {
    if (rows > capacity) {
      throw new IllegalArgumentException(
          "rows: %d is more than the %d of the store".formatted(rows, capacity));
    }
    synchronized (writeLock) {
      Optional<Path> target = Optional.of(directory.toAbsolutePath());
      if (!storedIn.equals(target)) {
        stored.clear();
        storedIn = target;
      }
      int files = (int) ((rows + mask) >>> shift);
      while (stored.size() > files) {
        stored.removeLast();
      }
      for (int chunk = 0; chunk < files; chunk++) {
        long first = (long) chunk << shift;
        long count = Math.min(mask + 1, rows - first);
        if (chunk < stored.size() && stored.get(chunk).rows() == count && isUnchanged(chunk)) {
          continue;
        }
        Stored now = new Stored(writeChunk(directory, generation, first, count, editor), count);
        if (chunk < stored.size()) {
          stored.set(chunk, now);
        } else {
          stored.add(now);
        }
      }
      return stored.stream().map(Stored::file).toList();
    }
  }

  private boolean isUnchanged(int chunk) {
    return format.appendOnly() || dirty[chunk][0] == 0;
  }

  private StoredFile writeChunk(
      Path directory, long generation, long first, long count, ChunkEditor editor)
      throws IOException {
    int chunk = (int) (first >>> shift);
    if (chunk < mapped.length) {
      // Else damage would be stored under a fresh checksum.
      mapped[chunk].verifyAll();
    }
    dirty[chunk][0] = 0;
    VarHandle.fullFence();
    MemorySegment memory = chunks[chunk].asSlice(0, count * rowBytes);
    String name = format.fileName(chunk, generation);
    try (Arena once = Arena.ofConfined()) {
      MemorySegment copy = memory;
      if (editor != ChunkEditor.NONE || !format.appendOnly()) {
        // The checksum must be of the bytes that are written, also of rows that change meanwhile.
        copy = NativeMemory.allocate(once, memory.byteSize());
        copy.copyFrom(memory);
        if (editor.edit(copy, first, count)) {
          dirty[chunk][0] = 1;
        }
      }
      return RowFile.write(directory, name, copy, rowBytes, first, count);
    } catch (IOException | RuntimeException e) {
      // Not stored: else the next checkpoint would take the older file for the chunk as it is.
      dirty[chunk][0] = 1;
      throw e;
    }
  }

  /**
   * Verifies every block that has not been yet, and again those of files that do not change in
   * memory. For a scrubber; takes as long as reading the files.
   *
   * @throws DamagedBlockException at the first damaged block
   */
  public void verifyAll() {
    for (RowFile file : mapped) {
      if (format.appendOnly() && file.allVerified()) {
        file.verifyAgain();
      } else {
        file.verifyAll();
      }
    }
    unverified = false;
  }

  /** Bytes of memory outside the heap, mapped files included; untouched pages are not committed. */
  public long offHeapBytes() {
    long bytes = 0;
    for (MemorySegment chunk : chunks) {
      bytes += chunk.byteSize();
    }
    return bytes;
  }

  /** Frees the memory; later use is an {@link IllegalStateException}. Idempotent. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      starts = new long[0];
      arena.close();
    }
  }
}
