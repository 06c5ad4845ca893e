package io.vecraft.journal.segment;

import io.vecraft.journal.segment.FileAccess.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that says how far the newest segment is flushed: what is damaged below the mark was
 * acknowledged, and is never cut as if it were torn.
 *
 * <p>It is written after each flush and not flushed itself: after a loss of power it may be old,
 * and then proves less; it never claims too much.
 */
final class FlushMark implements AutoCloseable {
  static final String NAME = "flushed";
  private static final Logger log = LoggerFactory.getLogger(FlushMark.class);
  private static final int BYTES = 24;

  private final OpenFile file;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private FlushMark(OpenFile file) {
    this.file = file;
  }

  /** Opens the mark of a partition's directory, making it if it is not there. */
  static FlushMark open(FileAccess files, Path directory) throws IOException {
    Path path = directory.resolve(NAME);
    if (files.exists(path)) {
      return new FlushMark(files.open(path, true));
    }
    OpenFile created = files.create(path);
    files.syncDirectory(directory);
    return new FlushMark(created);
  }

  /** The mark; empty if there is none or it cannot be read. */
  Optional<Mark> read(Path directory) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int got = file.read(b, 0);
    if (got == 0) {
      return Optional.empty();
    }
    b.flip();
    if (got < BYTES || b.getInt(20) != checksum(b.slice(0, 20))) {
      log.warn("{}/{} is damaged; the end of the log is judged without it", directory, NAME);
      return Optional.empty();
    }
    return Optional.of(new Mark(b.getLong(0), b.getLong(8), b.getInt(16)));
  }

  /** Moves the mark. */
  void write(Mark mark) throws IOException {
    buffer.clear();
    buffer.putLong(mark.firstOffset).putLong(mark.position).putInt(mark.lastCrc);
    buffer.putInt(checksum(buffer.slice(0, 20))).flip();
    file.write(buffer, 0);
  }

  void sync() throws IOException {
    file.sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static int checksum(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /**
   * How far a segment is flushed.
   *
   * @param firstOffset names the segment
   * @param position bytes that are flushed
   * @param lastCrc checksum of the last frame before it
   */
  record Mark(long firstOffset, long position, int lastCrc) {}
}
