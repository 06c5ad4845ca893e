package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A small file that a person can read: lines, the last of them a checksum of those before. It is
 * always whole: another content takes its place at once.
 */
final class CheckedFile {
  private static final String CHECKSUM = "crc32c=";
  private static final int CHECKSUM_BYTES = 64;

  private CheckedFile() {}

  /**
   * Its lines without the checksum; empty when there is no such file.
   *
   * @param maxBytes the longest that it can be
   * @throws VecraftException {@code data_damaged}
   */
  static Optional<String> read(FileAccess files, Path path, int maxBytes) throws IOException {
    if (!files.exists(path)) {
      return Optional.empty();
    }
    ByteBuffer b = ByteBuffer.allocate(maxBytes + CHECKSUM_BYTES);
    try (OpenFile file = files.open(path, false)) {
      file.read(b, 0);
    }
    String text = StandardCharsets.UTF_8.decode(b.flip()).toString();
    int last = text.lastIndexOf(CHECKSUM);
    if (last < 0 || !text.substring(last).equals(checksumLine(text.substring(0, last)))) {
      throw damaged(path, "its checksum is wrong");
    }
    return Optional.of(text.substring(0, last));
  }

  /** Puts lines in the place of what it has, atomically and durably. */
  static void write(FileAccess files, Path directory, String name, String lines)
      throws IOException {
    Path temporary = directory.resolve(name + ".new");
    if (files.exists(temporary)) {
      files.delete(temporary);
    }
    String text = lines + checksumLine(lines);
    try (OpenFile file = files.create(temporary)) {
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
      file.sync();
    }
    files.rename(temporary, directory.resolve(name));
    files.syncDirectory(directory);
  }

  private static String checksumLine(String lines) {
    var crc = new CRC32C();
    crc.update(lines.getBytes(StandardCharsets.UTF_8));
    return CHECKSUM + "%08x\n".formatted(crc.getValue());
  }

  static VecraftException damaged(Path path, String reason) {
    return new VecraftException(ErrorCode.DATA_DAMAGED, path + ": " + reason);
  }
}
