package io.vecraft.standalone.imports;

import java.nio.file.Path;
import java.util.Locale;

/** The formats that can be read. */
public enum ImportFormat {
  FVECS,
  NPY,
  JSONL,
  CSV;

  /**
   * The format that a file's name ends with.
   *
   * @throws ImportException when it ends with none
   */
  public static ImportFormat of(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    String ending = name.substring(name.lastIndexOf('.') + 1);
    return switch (ending) {
      case "fvecs" -> FVECS;
      case "npy" -> NPY;
      case "jsonl", "ndjson" -> JSONL;
      case "csv", "tsv" -> CSV;
      default ->
          throw new ImportException(
              "cannot tell the format of " + name + ": say --format fvecs, npy, jsonl or csv");
    };
  }
}
