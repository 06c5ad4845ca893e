package io.vecraft.standalone.imports;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The rows of a two-dimensional array that NumPy saved, a block of them at a time. Ids are row
 * numbers.
 */
final class NpySource implements RecordSource {
  private static final int BLOCK_BYTES = 8 << 20;

  private final Path file;
  private final ImportOptions options;
  private final FileChannel channel;
  private final NpyHeader header;
  private final int blockRows;
  private final ByteBuffer block;
  private long blockStart;
  private long blockEnd;
  private long row;

  private NpySource(Path file, ImportOptions options, FileChannel channel, NpyHeader header) {
    this.file = file;
    this.options = options;
    this.channel = channel;
    this.header = header;
    int rowBytes = header.columns() * header.number().bytes;
    this.blockRows = (int) Math.max(1, Math.min(header.rows(), BLOCK_BYTES / rowBytes));
    this.block = ByteBuffer.allocate(blockRows * rowBytes).order(header.order());
  }

  static NpySource open(Path file, ImportOptions options) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      NpyHeader header = NpyHeader.read(file, channel);
      long needed =
          header.dataAt() + header.rows() * header.columns() * (long) header.number().bytes;
      if (channel.size() != needed) {
        throw new ImportException(
            "%s has %d bytes, its shape (%d, %d) needs %d"
                .formatted(file, channel.size(), header.rows(), header.columns(), needed));
      }
      return new NpySource(file, options, channel, header);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public OptionalLong totalHint() {
    return OptionalLong.of(header.rows());
  }

  @Override
  public boolean hasNext() {
    return row < header.rows();
  }

  @Override
  public ImportRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (row == blockEnd) {
      fill();
    }
    int inBlock = (int) (row - blockStart);
    int rows = (int) (blockEnd - blockStart);
    float[] vector = new float[header.columns()];
    for (int column = 0; column < vector.length; column++) {
      int element =
          header.fortranOrder() ? column * rows + inBlock : inBlock * vector.length + column;
      vector[column] = header.number().get(block, element * header.number().bytes);
    }
    Vectors.checked(vector, file + ": row " + row);
    return new ImportRecord(
        options.idPrefix() + row++, Optional.of(vector), Optional.empty(), Vectors.noMetadata());
  }

  private void fill() {
    blockStart = row;
    blockEnd = Math.min(header.rows(), row + blockRows);
    int rows = (int) (blockEnd - blockStart);
    int bytes = header.number().bytes;
    try {
      if (header.fortranOrder()) {
        for (int column = 0; column < header.columns(); column++) {
          read(column * rows * bytes, rows * bytes, column * header.rows() + blockStart);
        }
      } else {
        read(0, rows * header.columns() * bytes, blockStart * header.columns());
      }
    } catch (IOException e) {
      throw new ImportException(file + " cannot be read at row " + row, e);
    }
  }

  private void read(int into, int bytes, long element) throws IOException {
    ByteBuffer part = block.slice(into, bytes);
    long at = header.dataAt() + element * header.number().bytes;
    while (part.hasRemaining()) {
      if (channel.read(part, at + part.position()) < 0) {
        throw new ImportException(file + " became shorter while it was read, at row " + row);
      }
    }
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
