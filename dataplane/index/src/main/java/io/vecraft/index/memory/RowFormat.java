package io.vecraft.index.memory;

/**
 * What the rows of a {@link RowStore} look like.
 *
 * @param name prefix of the store's files; letters, digits, dash and underscore
 * @param rowBytes bytes of a row, 1 to 1 MiB
 * @param appendOnly a row is not changed once it has been part of a checkpoint, so files of full
 *     chunks are written once; otherwise files of changed chunks are written anew
 */
public record RowFormat(String name, int rowBytes, boolean appendOnly) {
  private static final int CHUNK_BYTES = 16 << 20;
  private static final int ROW_BYTES_MAX = 1 << 20;

  public RowFormat {
    if (!name.matches("[A-Za-z0-9_-]+")) {
      throw new IllegalArgumentException("name: %s is not a file name prefix".formatted(name));
    }
    if (rowBytes < 1 || rowBytes > ROW_BYTES_MAX) {
      throw new IllegalArgumentException(
          "rowBytes: %d is not in 1..%d".formatted(rowBytes, ROW_BYTES_MAX));
    }
  }

  /** Rows of a chunk are two to this power, as many as fit 16 MiB. */
  int chunkShift() {
    return 31 - Integer.numberOfLeadingZeros(CHUNK_BYTES / rowBytes);
  }

  /** Bytes of a chunk. */
  long chunkBytes() {
    return (long) rowBytes << chunkShift();
  }

  String fileName(int chunk, long generation) {
    return "%s.%06d.%d.rows".formatted(name, chunk, generation);
  }
}
