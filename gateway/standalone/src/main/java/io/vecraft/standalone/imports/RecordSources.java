package io.vecraft.standalone.imports;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Opens files. */
public final class RecordSources {
  private RecordSources() {}

  /**
   * Opens a file; the caller closes it.
   *
   * @throws ImportException when it cannot be read or is not of the format
   */
  public static RecordSource open(Path file, ImportFormat format, ImportOptions options) {
    try {
      return switch (format) {
        case FVECS -> new FvecsSource(file, options);
        case NPY -> NpySource.open(file, options);
        case JSONL -> new JsonLinesSource(file, options);
        case CSV -> new CsvSource(file, options, isTabbed(file) ? '\t' : ',');
      };
    } catch (NoSuchFileException e) {
      throw new ImportException("no such file: " + file, e);
    } catch (IOException e) {
      throw new ImportException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean isTabbed(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".tsv");
  }
}
