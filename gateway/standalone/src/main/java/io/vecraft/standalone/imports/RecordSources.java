package io.vecraft.standalone.imports;

import java.nio.file.Path;

/** Opens files. */
public final class RecordSources {
  private RecordSources() {}

  /**
   * Opens a file; the caller closes it.
   *
   * @throws ImportException when it cannot be read or is not of the format
   */
  public static RecordSource open(Path file, ImportFormat format, ImportOptions options) {
    throw new UnsupportedOperationException(
        "reader of " + format + " with " + options + ": " + file);
  }
}
