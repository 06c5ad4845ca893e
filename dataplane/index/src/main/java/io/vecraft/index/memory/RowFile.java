package io.vecraft.index.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * One immutable file of rows: the rows from byte 0, so that they can be mapped, then a footer with
 * the CRC32C of each 16 KiB block, the shape of the rows and a CRC32C over the footer itself.
 *
 * <p>A block is verified when it is first touched. Thread-safe.
 */
final class RowFile {
  static final int BLOCK_BYTES = 16 << 10;
  private static final int BLOCK_SHIFT = 14;
  private static final long MAGIC = 0x3153574f52434556L; // "VECROWS1", little-endian
  private static final int VERSION = 1;

  /** magic, version, row bytes, first row, rows, checksum. */
  private static final int TRAILER_BYTES = 8 + 4 + 4 + 8 + 8 + 4;

  private final Path path;
  private final MemorySegment data;
  private final int[] checksums;
  private final byte[] verified;
  private final AtomicInteger unverified;

  private RowFile(Path path, MemorySegment data, int[] checksums) {
    this.path = path;
    this.data = data;
    this.checksums = checksums;
    this.verified = new byte[checksums.length];
    this.unverified = new AtomicInteger(checksums.length);
  }

  /** Writes {@code data} and makes it durable; the directory's entry is the caller's to sync. */
  static StoredFile write(
      Path directory, String name, MemorySegment data, int rowBytes, long firstRow, long rows)
      throws IOException {
    int blocks = blocks(data.byteSize());
    ByteBuffer footer =
        ByteBuffer.allocate(blocks * Integer.BYTES + TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int block = 0; block < blocks; block++) {
      footer.putInt(checksum(slice(data, block)));
    }
    footer.putLong(MAGIC).putInt(VERSION).putInt(rowBytes).putLong(firstRow).putLong(rows);
    int checksum = checksum(footer.duplicate().flip());
    footer.putInt(checksum).flip();
    long length = data.byteSize() + footer.remaining();
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve(name),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeFully(channel, data.asByteBuffer());
      writeFully(channel, footer);
      channel.force(true);
    }
    return new StoredFile(name, length, checksum);
  }

  /**
   * Maps a file: read-only, or copy-on-write so that changes stay in memory.
   *
   * @throws DamagedBlockException if it is not the file that {@code stored} names
   */
  static RowFile open(
      Path directory,
      StoredFile stored,
      Arena arena,
      boolean copyOnWrite,
      int rowBytes,
      long firstRow,
      long rows)
      throws IOException {
    Path path = directory.resolve(stored.name());
    long dataBytes = rows * rowBytes;
    int blocks = blocks(dataBytes);
    int footerBytes = blocks * Integer.BYTES + TRAILER_BYTES;
    try (FileChannel channel = openChannel(path, copyOnWrite)) {
      if (channel.size() != stored.length() || stored.length() != dataBytes + footerBytes) {
        throw new DamagedBlockException(
            path,
            DamagedBlockException.WHOLE_FILE,
            "length is %d, not %d".formatted(channel.size(), dataBytes + footerBytes));
      }
      ByteBuffer footer = ByteBuffer.allocate(footerBytes).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, footer, dataBytes);
      int checksum = checksum(footer.duplicate().limit(footerBytes - Integer.BYTES));
      int[] checksums = new int[blocks];
      for (int block = 0; block < blocks; block++) {
        checksums[block] = footer.getInt();
      }
      if (footer.getLong() != MAGIC
          || footer.getInt() != VERSION
          || footer.getInt() != rowBytes
          || footer.getLong() != firstRow
          || footer.getLong() != rows
          || footer.getInt() != checksum
          || stored.checksum() != checksum) {
        throw new DamagedBlockException(
            path, DamagedBlockException.WHOLE_FILE, "the footer is not the one written");
      }
      MemorySegment mapped =
          channel.map(
              copyOnWrite ? FileChannel.MapMode.PRIVATE : FileChannel.MapMode.READ_ONLY,
              0,
              dataBytes,
              arena);
      // The same size and scope: one segment class for all memory keeps the kernels' calls direct.
      return new RowFile(path, mapped.reinterpret(dataBytes), checksums);
    }
  }

  /** Reads the file from disk and compares every block with its checksum. */
  static void verify(Path directory, StoredFile stored) throws IOException {
    Path path = directory.resolve(stored.name());
    try (FileChannel channel = openChannel(path, false);
        Arena once = Arena.ofConfined()) {
      long length = channel.size();
      if (length != stored.length() || length < TRAILER_BYTES) {
        throw new DamagedBlockException(
            path,
            DamagedBlockException.WHOLE_FILE,
            "length is %d, not %d".formatted(length, stored.length()));
      }
      ByteBuffer shape = ByteBuffer.allocate(TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, shape, length - TRAILER_BYTES);
      int rowBytes = shape.getInt(12);
      long firstRow = shape.getLong(16);
      long rows = shape.getLong(24);
      if (rowBytes <= 0 || rows < 0 || rows > length / rowBytes) {
        throw new DamagedBlockException(
            path, DamagedBlockException.WHOLE_FILE, "the footer is not the one written");
      }
      open(directory, stored, once, false, rowBytes, firstRow, rows).verifyAll();
    }
  }

  // The JDK asks for a writable channel to map copy-on-write, although nothing is written.
  private static FileChannel openChannel(Path path, boolean copyOnWrite) throws IOException {
    try {
      return copyOnWrite
          ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
          : FileChannel.open(path, StandardOpenOption.READ);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new DamagedBlockException(path, DamagedBlockException.WHOLE_FILE, "is missing");
    }
  }

  /** The rows. */
  MemorySegment data() {
    return data;
  }

  boolean allVerified() {
    return unverified.get() == 0;
  }

  /**
   * Verifies the blocks that hold bytes {@code from} to {@code from + length - 1} unless done.
   *
   * @throws DamagedBlockException if one is damaged
   */
  void verify(long from, long length) {
    int last = (int) ((from + length - 1) >>> BLOCK_SHIFT);
    for (int block = (int) (from >>> BLOCK_SHIFT); block <= last; block++) {
      if (verified[block] == 0) {
        verifyBlock(block);
      }
    }
  }

  /** Verifies all blocks; those in use were verified before and may have been changed since. */
  void verifyAll() {
    for (int block = 0; block < checksums.length; block++) {
      if (verified[block] == 0) {
        verifyBlock(block);
      }
    }
  }

  /** Compares every block with its checksum again; only for rows that do not change in memory. */
  void verifyAgain() {
    for (int block = 0; block < checksums.length; block++) {
      compare(block);
    }
  }

  // The lock keeps a writer, which verifies first, from changing a block while it is summed up.
  private synchronized void verifyBlock(int block) {
    if (verified[block] == 0) {
      compare(block);
      verified[block] = 1;
      unverified.decrementAndGet();
    }
  }

  private void compare(int block) {
    if (checksum(slice(data, block)) != checksums[block]) {
      throw new DamagedBlockException(path, block, "checksum differs");
    }
  }

  /** Bytes of data in a file of that length, if it is one. */
  static long dataBytes(long fileLength) {
    long dataAndChecksums = fileLength - TRAILER_BYTES;
    long blockAndChecksum = BLOCK_BYTES + Integer.BYTES;
    long blocks = (dataAndChecksums + blockAndChecksum - 1) / blockAndChecksum;
    return dataAndChecksums - blocks * Integer.BYTES;
  }

  private static int blocks(long bytes) {
    return (int) ((bytes + BLOCK_BYTES - 1) >>> BLOCK_SHIFT);
  }

  private static ByteBuffer slice(MemorySegment data, int block) {
    long from = (long) block << BLOCK_SHIFT;
    return data.asSlice(from, Math.min(BLOCK_BYTES, data.byteSize() - from)).asByteBuffer();
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long position)
      throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into, position + into.position()) < 0) {
        throw new IOException("unexpected end of file");
      }
    }
    into.flip();
  }
}
