package io.vecraft.index.filter;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys from the outside in; {@code a.b} walks objects. In text a dot separates keys, {@code \.} is
 * a literal dot and {@code \\} a literal backslash.
 *
 * @param keys 1 to {@value #KEYS_MAX} keys, none empty
 */
public record FieldPath(List<String> keys) {
  /** The longest path; metadata nests no deeper. */
  public static final int KEYS_MAX = 32;

  public FieldPath {
    keys = List.copyOf(keys);
    if (keys.isEmpty() || keys.size() > KEYS_MAX) {
      throw new IllegalArgumentException(
          "a field path has 1 to " + KEYS_MAX + " keys, not " + keys.size());
    }
    for (String key : keys) {
      if (key.isEmpty()) {
        throw new IllegalArgumentException("a field path has an empty key");
      }
    }
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException when a key is empty, there are too many, or a backslash is
   *     followed by anything but a dot or a backslash
   */
  public static FieldPath parse(String text) {
    List<String> keys = new ArrayList<>();
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
        char escaped = i < text.length() ? text.charAt(i) : '\0';
        if (escaped != '.' && escaped != '\\') {
          throw new IllegalArgumentException(
              "a backslash in a field name stands before a dot or a backslash only");
        }
        key.append(escaped);
      } else if (c == '.') {
        keys.add(key.toString());
        key.setLength(0);
      } else {
        key.append(c);
      }
    }
    keys.add(key.toString());
    return new FieldPath(keys);
  }

  /** The text form, with dots and backslashes in keys escaped. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (String key : keys) {
      if (!out.isEmpty()) {
        out.append('.');
      }
      out.append(key.replace("\\", "\\\\").replace(".", "\\."));
    }
    return out.toString();
  }
}
