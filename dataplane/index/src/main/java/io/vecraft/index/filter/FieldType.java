package io.vecraft.index.filter;

import java.util.Locale;
import java.util.Optional;

/**
 * Declared type of a metadata field. An array of the type and null are values of it too. A
 * declaration refuses writes of another type and makes filters fast; it never changes what matches,
 * but for {@link #DATETIME}, where RFC 3339 texts compare as time.
 */
public enum FieldType {
  /** Text. */
  KEYWORD,
  /** A number that is an integer of 64 bits by value. */
  INTEGER,
  /** A number in the range of a double. */
  FLOAT,
  /** True or false. */
  BOOL,
  /** RFC 3339 text with date, time and offset. */
  DATETIME;

  /** The name in schemas, lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The type of that name. */
  public static Optional<FieldType> of(String text) {
    for (FieldType type : values()) {
      if (type.text().equals(text)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
