package io.vecraft.standalone.imports;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Vectors as the data sets of TEXMEX have them: each is its dimension in four bytes and so many
 * float32, little-endian. Ids are row numbers.
 */
final class FvecsSource implements RecordSource {
  private final Path file;
  private final ImportOptions options;
  private final FileChannel channel;
  private final long bytes;
  private final int dimension;
  private final ByteBuffer buffer;
  private final long rows;
  private long row;

  FvecsSource(Path file, ImportOptions options) throws IOException {
    this.file = file;
    this.options = options;
    channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      bytes = channel.size();
      dimension = bytes == 0 ? 1 : readDimension();
      long rowBytes = Integer.BYTES + (long) dimension * Float.BYTES;
      rows = (bytes + rowBytes - 1) / rowBytes;
      buffer =
          ByteBuffer.allocate((int) (rowBytes * Math.max(1, (1 << 20) / rowBytes)))
              .order(ByteOrder.LITTLE_ENDIAN)
              .limit(0);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private int readDimension() throws IOException {
    ByteBuffer first = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (first.hasRemaining() && channel.read(first, first.position()) >= 0) {}
    if (first.hasRemaining()) {
      throw new ImportException(file + ": row 0 is cut short");
    }
    int read = first.getInt(0);
    if (read < 1 || read > Vectors.DIMENSION_MAX) {
      throw new ImportException(
          file + " is not an fvecs file: row 0 claims " + read + " dimensions");
    }
    return read;
  }

  @Override
  public OptionalLong totalHint() {
    return OptionalLong.of(rows);
  }

  @Override
  public boolean hasNext() {
    return row < rows;
  }

  @Override
  public ImportRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (!buffer.hasRemaining()) {
      fill();
    }
    String where = file + ": row " + row;
    if (buffer.remaining() < Integer.BYTES) {
      throw new ImportException(where + " is cut short");
    }
    int claimed = buffer.getInt();
    if (claimed != dimension) {
      throw new ImportException(
          where + " has " + claimed + " dimensions, the rows before " + dimension);
    }
    if (buffer.remaining() < dimension * Float.BYTES) {
      throw new ImportException(where + " is cut short");
    }
    float[] vector = new float[dimension];
    buffer.asFloatBuffer().get(vector);
    buffer.position(buffer.position() + dimension * Float.BYTES);
    Vectors.checked(vector, where);
    return new ImportRecord(
        options.idPrefix() + row++, Optional.of(vector), Optional.empty(), Vectors.noMetadata());
  }

  /** Reads whole rows, or what is left of the file. */
  private void fill() {
    buffer.clear();
    try {
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    } catch (IOException e) {
      throw new ImportException(file + " cannot be read at row " + row, e);
    }
    buffer.flip();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new ImportException(file + " cannot be closed", e);
    }
  }
}
