package io.vecraft.index.filter;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** Counts what one filter uses of its limits. Used by one thread. */
final class FilterBudget {
  static final int DEPTH_MAX = 32;
  static final int NODES_MAX = 1_000;
  static final int IN_VALUES_MAX = 10_000;
  static final int TEXT_CHARS_MAX = 1 << 20;

  private int nodes;
  private long chars;

  /** Counts one node of the tree at a depth, 1 for the root. */
  void node(int depth, String position) {
    if (depth > DEPTH_MAX) {
      throw new FilterException("the filter nests deeper than " + DEPTH_MAX, position);
    }
    nodes++;
    if (nodes > NODES_MAX) {
      throw new FilterException("the filter has more than " + NODES_MAX + " conditions", position);
    }
  }

  void values(int count, String position) {
    if (count > IN_VALUES_MAX) {
      throw new FilterException(
          "a list has " + count + " values, at most " + IN_VALUES_MAX + " are allowed", position);
    }
  }

  Filter.Value.Text text(String text, String position) {
    chars += text.length();
    if (chars > TEXT_CHARS_MAX) {
      throw new FilterException(
          "the texts of the filter have more than " + TEXT_CHARS_MAX + " characters", position);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new FilterException("the text has a half surrogate pair", position);
    }
    return new Filter.Value.Text(text);
  }

  static Filter.Value.Num number(String text, String position) {
    return new Filter.Value.Num(
        JsonNumbers.parse(text).orElseThrow(() -> numberOutOfRange(position)));
  }

  static Filter.Value.Num number(BigDecimal number, String position) {
    if (!JsonNumbers.inRange(number)) {
      throw numberOutOfRange(position);
    }
    return new Filter.Value.Num(number);
  }

  private static FilterException numberOutOfRange(String position) {
    return new FilterException(
        "a number has more than "
            + JsonNumbers.DIGITS_MAX
            + " digits or an exponent beyond "
            + JsonNumbers.EXPONENT_MAX,
        position);
  }

  static Filter.Value.Moment moment(String text, String position) {
    return new Filter.Value.Moment(
        Rfc3339.parse(text)
            .orElseThrow(() ->
                new FilterException(
                    "not an RFC 3339 time like 2026-01-31T12:00:00Z: " + shortened(text),
                    position)));
  }

  static FieldPath field(String name, String position) {
    try {
      return FieldPath.parse(name);
    } catch (IllegalArgumentException e) {
      throw new FilterException(e.getMessage() + ": " + shortened(name), position);
    }
  }

  /** A text cut to a length that is fit for a message. */
  static String shortened(String text) {
    return text.length() <= 64 ? text : text.substring(0, 61) + "...";
  }
}
