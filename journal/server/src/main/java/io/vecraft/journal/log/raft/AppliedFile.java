package io.vecraft.journal.log.raft;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.proto.journal.AppliedPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The file that says how far a replica's synced segments follow its consensus log: format, length,
 * checksum, an {@link AppliedPosition}. Replaced atomically and durably. It is made before a
 * replica votes for the first time: whoever has one has a consensus log too, or has lost it.
 */
final class AppliedFile {
  static final String NAME = "applied";
  private static final int FORMAT = 1;
  private static final int HEADER_BYTES = 12;
  private static final int MAX_BYTES = 1 << 20;

  private final FileAccess files;
  private final Path directory;

  AppliedFile(FileAccess files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  /**
   * What was written last; empty if nothing was.
   *
   * @throws VecraftException {@code data_damaged} if it is not whole
   */
  Optional<AppliedPosition> read() throws IOException {
    Path path = directory.resolve(NAME);
    if (!files.exists(path)) {
      return Optional.empty();
    }
    ByteBuffer b = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (OpenFile file = files.open(path, false)) {
      file.read(b, 0);
    }
    b.flip();
    if (b.limit() < HEADER_BYTES
        || b.getInt(0) != FORMAT
        || b.getInt(4) != b.limit() - HEADER_BYTES
        || b.getInt(8) != checksum(b.slice(HEADER_BYTES, b.limit() - HEADER_BYTES))) {
      throw new VecraftException(ErrorCode.DATA_DAMAGED, path + ": is damaged");
    }
    return Optional.of(AppliedPosition.parseFrom(b.slice(HEADER_BYTES, b.getInt(4))));
  }

  /** Replaces what was written before. */
  void write(AppliedPosition position) throws IOException {
    byte[] body = position.toByteArray();
    if (body.length > MAX_BYTES - HEADER_BYTES) {
      throw new IllegalArgumentException(body.length + " bytes of applied position");
    }
    ByteBuffer b = ByteBuffer.allocate(HEADER_BYTES + body.length).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(FORMAT).putInt(body.length).putInt(checksum(ByteBuffer.wrap(body))).put(body).flip();
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

  private static int checksum(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
