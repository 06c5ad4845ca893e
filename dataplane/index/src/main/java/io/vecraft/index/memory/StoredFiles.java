package io.vecraft.index.memory;

import java.io.IOException;
import java.nio.file.Path;

/** Stored files as they are on disk, whatever is mapped of them. */
public final class StoredFiles {
  private StoredFiles() {}

  /**
   * Reads a whole file and compares every block with its checksum. For a scrubber.
   *
   * @throws DamagedBlockException if the file is missing, damaged or not the one named
   */
  public static void verify(Path directory, StoredFile file) throws IOException {
    RowFile.verify(directory, file);
  }
}
