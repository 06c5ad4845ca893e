package io.vecraft.index.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Immutable bytes in one file of their own, mapped, with a checksum per block that is compared when
 * {@link #verify} is first asked for it. Thread-safe.
 */
public final class BlobFile {
  /** A blob is stored as rows of one byte: block checksums and footer are those of row files. */
  private static final int ROW_BYTES = 1;

  private final RowFile file;

  private BlobFile(RowFile file) {
    this.file = file;
  }

  /**
   * Writes bytes, at least one, and makes them durable; the directory's entry is the caller's to
   * sync.
   */
  public static StoredFile write(Path directory, String name, MemorySegment data)
      throws IOException {
    return RowFile.write(directory, name, data, ROW_BYTES, 0, data.byteSize());
  }

  /**
   * Maps a file that {@link #write} wrote, for as long as the arena lives.
   *
   * @throws DamagedBlockException if the file is missing or not the one named
   */
  public static BlobFile open(Path directory, StoredFile stored, Arena arena) throws IOException {
    long bytes = RowFile.dataBytes(stored.length());
    if (bytes <= 0) {
      throw new DamagedBlockException(
          directory.resolve(stored.name()),
          DamagedBlockException.WHOLE_FILE,
          "a length of %d is too short".formatted(stored.length()));
    }
    return new BlobFile(RowFile.open(directory, stored, arena, false, ROW_BYTES, 0, bytes));
  }

  /** The bytes; only what was verified may be relied on. */
  public MemorySegment data() {
    return file.data();
  }

  /**
   * Compares the blocks that hold the range with their checksums, unless done before.
   *
   * @throws DamagedBlockException if one differs
   */
  public void verify(long from, long length) {
    if (length > 0) {
      file.verify(from, length);
    }
  }
}
