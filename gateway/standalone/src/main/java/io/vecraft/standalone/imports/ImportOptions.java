package io.vecraft.standalone.imports;

import java.util.Optional;

/**
 * Which fields or columns hold what. All other fields become metadata.
 *
 * @param idField holds the id; a record without one gets {@code idPrefix} and its row, from 0
 * @param vectorField holds the vector: an array of numbers, in CSV also text such as {@code [0.1,
 *     0.2]} or {@code 0.1 0.2}
 * @param textField holds the text to make a vector of, used where there is no vector; empty for
 *     none. It stays in the metadata too
 * @param idPrefix put before the row of records without an id
 */
public record ImportOptions(
    String idField, String vectorField, Optional<String> textField, String idPrefix) {

  /** Fields {@code id}, {@code vector} and {@code text}; no prefix. */
  public static ImportOptions defaults() {
    return new ImportOptions("id", "vector", Optional.of("text"), "");
  }
}
