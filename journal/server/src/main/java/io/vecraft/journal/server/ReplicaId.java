package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The id under which the replicas in a journal directory are known to the others, in its file
 * {@value #FILE}: at first the token with which the id is asked for, then the id. It is there
 * before anything else is: a directory that has it and no journal has done nothing yet under the
 * id.
 *
 * @param token empty once there is an id
 * @param id empty while it is being asked for
 */
public record ReplicaId(String token, String id) {
  static final String FILE = "replica";
  private static final String TOKEN = "token ";
  private static final int MAX_BYTES = 256;

  /** What a directory has. */
  public static Optional<ReplicaId> read(Path directory) {
    FileAccess files = new DiskFiles();
    Path path = directory.resolve(FILE);
    try {
      if (!files.exists(path)) {
        return Optional.empty();
      }
      ByteBuffer b = ByteBuffer.allocate(MAX_BYTES);
      try (OpenFile file = files.open(path, false)) {
        file.read(b, 0);
      }
      String text = StandardCharsets.UTF_8.decode(b.flip()).toString();
      if (!text.matches("token [0-9a-f-]{36}\n|[A-Za-z0-9._-]+(~[0-9]+)?\n")) {
        throw new VecraftException(ErrorCode.DATA_DAMAGED, path + ": is no id of a replica");
      }
      String line = text.strip();
      return Optional.of(
          line.startsWith(TOKEN)
              ? new ReplicaId(line.substring(TOKEN.length()), "")
              : new ReplicaId("", line));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  /** Puts this in the place of what the directory has, atomically and durably. */
  public void write(Path directory) {
    FileAccess files = new DiskFiles();
    Path temporary = directory.resolve(FILE + ".new");
    String text = (id.isEmpty() ? TOKEN + token : id) + "\n";
    try {
      if (files.exists(temporary)) {
        files.delete(temporary);
      }
      try (OpenFile file = files.create(temporary)) {
        file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        file.sync();
      }
      files.rename(temporary, directory.resolve(FILE));
      files.syncDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the id in " + directory, e);
    }
  }
}
