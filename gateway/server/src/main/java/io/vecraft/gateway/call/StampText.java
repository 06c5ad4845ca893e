package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Stamp;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;

/** Stamps as clients write them: decimal text, or an RFC 3339 time. */
public final class StampText {
  /** Shortest RFC 3339 time: {@code 2026-01-01T00:00:00Z}. */
  private static final int TIME_CHARS = 20;

  private static final int DECIMAL_CHARS = 19;

  private StampText() {}

  /**
   * A stamp. A time means everything up to and including its millisecond.
   *
   * @throws VecraftException {@code invalid_argument} about {@code field}
   */
  public static long parse(String text, String field) {
    return isDecimal(text) ? decimal(text, field) : Stamp.endOfMillis(millis(text, field));
  }

  /**
   * The stamp that everything wanted is above, where reading begins at a stamp or a time that is
   * itself wanted. Zero is the beginning.
   *
   * @throws VecraftException {@code invalid_argument} about {@code field}
   */
  public static long before(String text, String field) {
    if (text.equals("0")) {
      return 0;
    }
    if (isDecimal(text)) {
      return decimal(text, field) - 1;
    }
    long millis = millis(text, field);
    return millis == 0 ? 0 : Stamp.endOfMillis(millis - 1);
  }

  /**
   * A positive number of at most 63 bits.
   *
   * @throws VecraftException {@code invalid_argument} about {@code field}
   */
  public static long decimal(String text, String field) {
    if (isDecimal(text) && text.length() <= DECIMAL_CHARS) {
      try {
        long stamp = Long.parseLong(text);
        if (stamp > 0) {
          return stamp;
        }
      } catch (NumberFormatException e) {
        throw wrong(text, field);
      }
    }
    throw wrong(text, field);
  }

  private static VecraftException wrong(String text, String field) {
    return new VecraftException(
        ErrorCode.INVALID_ARGUMENT,
        "\"%s\" is not a stamp: a positive number of 63 bits, or a time like 2026-01-31T12:00:00Z"
            .formatted(text.length() > 64 ? text.substring(0, 64) + "..." : text),
        field);
  }

  private static boolean isDecimal(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static long millis(String text, String field) {
    if (text.length() < TIME_CHARS) {
      throw wrong(text, field);
    }
    try {
      OffsetDateTime time =
          OffsetDateTime.parse(text.replace(' ', 'T'), DateTimeFormatter.ISO_OFFSET_DATE_TIME);
      // Times that no stamp can have are before or after all of them.
      return Math.clamp(time.toInstant().toEpochMilli(), 0, Stamp.MAX_MILLIS);
    } catch (DateTimeException e) {
      throw wrong(text, field);
    } catch (ArithmeticException e) {
      throw wrong(text, field);
    }
  }
}
