package io.vecraft.journal.segment;

import io.vecraft.journal.segment.FileAccess.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Where a log begins whose oldest segments have been removed on purpose. It is made durable before
 * any of them is deleted: so a segment that is missing is either named here or lost.
 *
 * @param firstOffset first offset that is held
 * @param previousCrc checksum of the record before it, which the first segment goes on from
 */
record Beginning(long firstOffset, int previousCrc) {
  static final String NAME = "begins";
  private static final int VERSION = 1;
  private static final int BYTES = 20;

  /** The beginning of a log from which nothing has been removed. */
  static final Beginning START = new Beginning(1, 0);

  /**
   * Reads what was written last.
   *
   * @throws SegmentDamage if it is not whole
   */
  static Beginning read(FileAccess files, Path directory) throws IOException {
    Path path = directory.resolve(NAME);
    if (!files.exists(path)) {
      return START;
    }
    ByteBuffer b = ByteBuffer.allocate(BYTES + 1).order(ByteOrder.LITTLE_ENDIAN);
    try (OpenFile file = files.open(path, false)) {
      file.read(b, 0);
    }
    b.flip();
    if (b.limit() != BYTES
        || b.getInt(0) != VERSION
        || b.getInt(16) != checksum(b.slice(0, BYTES - Integer.BYTES))) {
      throw new SegmentDamage(path.toString(), 0, "is damaged");
    }
    return new Beginning(b.getLong(4), b.getInt(12));
  }

  /** Replaces what was written before, durably. */
  void write(FileAccess files, Path directory) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(VERSION).putLong(firstOffset).putInt(previousCrc);
    b.putInt(checksum(b.slice(0, BYTES - Integer.BYTES))).flip();
    Path temporary = directory.resolve(NAME + ".new");
    if (files.exists(temporary)) {
      files.delete(temporary);
    }
    try (OpenFile file = files.create(temporary)) {
      file.write(b, 0);
      file.sync();
    }
    files.rename(temporary, directory.resolve(NAME));
    files.syncDirectory(directory);
  }

  /** Forgets it: the log begins anew. */
  static void remove(FileAccess files, Path directory) throws IOException {
    Path path = directory.resolve(NAME);
    if (files.exists(path)) {
      files.delete(path);
      files.syncDirectory(directory);
    }
  }

  /** Whether a segment's file holds only what lies before; by its name, which is an offset. */
  boolean isAfter(Path segment) {
    return offset(segment).filter(first -> first < firstOffset).isPresent();
  }

  private static Optional<Long> offset(Path segment) {
    String name = String.valueOf(segment.getFileName());
    int end = name.indexOf('.');
    try {
      return end < 0 ? Optional.empty() : Optional.of(Long.parseLong(name.substring(0, end)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static int checksum(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
