package io.vecraft.index.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Byte strings outside the heap, appended one after the other and found again by position. An entry
 * is its length in four bytes and its bytes.
 *
 * <p>Appending is thread-safe; readers take no lock and may read what was appended before they were
 * told its position. Files, growth and errors are those of {@link RowStore}; a position that was
 * never handed out is an {@link IndexOutOfBoundsException} or returns bytes of the log, never other
 * memory.
 */
public final class ByteLog implements AutoCloseable {
  private static final int LENGTH_BYTES = Integer.BYTES;

  private final RowStore bytes;
  private final Object appendLock = new Object();
  private volatile long size;

  private ByteLog(RowStore bytes, long size) {
    this.bytes = bytes;
    this.size = size;
  }

  /** An empty log whose files begin with {@code name}. */
  public static ByteLog create(String name) {
    return new ByteLog(RowStore.create(format(name)), 0);
  }

  /**
   * Opens a log that {@link #write} stored up to {@code size}.
   *
   * @throws DamagedBlockException as {@link RowStore#open}
   */
  public static ByteLog open(String name, Path directory, List<StoredFile> files, long size)
      throws IOException {
    return new ByteLog(RowStore.open(format(name), directory, files, size), size);
  }

  private static RowFormat format(String name) {
    return new RowFormat(name, 1, true);
  }

  /** Bytes of the log: the position of the next entry. */
  public long size() {
    return size;
  }

  /** Appends an entry and returns its position. */
  public long append(byte[] entry) {
    synchronized (appendLock) {
      long position = size;
      long end = position + LENGTH_BYTES + entry.length;
      bytes.ensure(end);
      byte[] length = new byte[LENGTH_BYTES];
      MemorySegment.ofArray(length).set(RowStore.INT, 0, entry.length);
      copyIn(position, length);
      copyIn(position + LENGTH_BYTES, entry);
      size = end;
      return position;
    }
  }

  /** Length of the entry at {@code position}. */
  public int length(long position) {
    byte[] length = new byte[LENGTH_BYTES];
    copyOut(position, length);
    int value = MemorySegment.ofArray(length).get(RowStore.INT, 0);
    Objects.checkFromIndexSize(position + LENGTH_BYTES, (long) value, size);
    return value;
  }

  /** The entry at {@code position}. */
  public byte[] read(long position) {
    return read(position, 0, length(position));
  }

  /** {@code length} bytes of the entry at {@code position}, from its byte {@code from}. */
  public byte[] read(long position, int from, int length) {
    Objects.checkFromIndexSize(from, length, length(position));
    byte[] into = new byte[length];
    copyOut(position + LENGTH_BYTES + from, into);
    return into;
  }

  private void copyIn(long position, byte[] from) {
    int done = 0;
    while (done < from.length) {
      MemorySegment chunk = bytes.segment(position + done);
      long offset = bytes.offset(position + done);
      int part = (int) Math.min(from.length - done, chunk.byteSize() - offset);
      MemorySegment.copy(from, done, chunk, ValueLayout.JAVA_BYTE, offset, part);
      done += part;
    }
  }

  private void copyOut(long position, byte[] into) {
    Objects.checkFromIndexSize(position, into.length, size);
    int done = 0;
    while (done < into.length) {
      MemorySegment chunk = bytes.segment(position + done);
      long offset = bytes.offset(position + done);
      int part = (int) Math.min(into.length - done, chunk.byteSize() - offset);
      bytes.verifyRange(position + done, part);
      MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, offset, into, done, part);
      done += part;
    }
  }

  /**
   * Stores the log up to {@code size}, as {@link RowStore#write} does.
   *
   * @param size a size that the log has had
   */
  public List<StoredFile> write(Path directory, long generation, long size) throws IOException {
    return bytes.write(directory, generation, size, ChunkEditor.NONE);
  }

  /** As {@link RowStore#verifyAll}. */
  public void verifyAll() {
    bytes.verifyAll();
  }

  /** As {@link RowStore#offHeapBytes}. */
  public long offHeapBytes() {
    return bytes.offHeapBytes();
  }

  @Override
  public void close() {
    bytes.close();
  }
}
