package io.vecraft.index.filter;

import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Optional;

/**
 * RFC 3339 times: {@code 2026-01-31T12:00:00.5+01:00}. Date, time to the second and offset are
 * required; {@code t}, {@code z} and a space for {@code T} are accepted; the second 60 is the next
 * minute; digits below the nanosecond are dropped.
 */
public final class Rfc3339 {
  private Rfc3339() {}

  /** The moment that a text names; empty when it is not such a time. */
  public static Optional<Instant> parse(String text) {
    int length = text.length();
    if (length < 20
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || "Tt ".indexOf(text.charAt(10)) < 0
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return Optional.empty();
    }
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 2);
    int day = digits(text, 8, 2);
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    int second = digits(text, 17, 2);
    if (year < 0
        || month < 1
        || month > 12
        || day < 1
        || day > YearMonth.of(year, month).lengthOfMonth()
        || hour < 0
        || hour > 23
        || minute < 0
        || minute > 59
        || second < 0
        || second > 60) {
      return Optional.empty();
    }
    int at = 19;
    long nanos = 0;
    if (text.charAt(at) == '.') {
      int from = ++at;
      long unit = 100_000_000;
      while (at < length && isDigit(text.charAt(at))) {
        nanos += unit * (text.charAt(at) - '0');
        unit /= 10;
        at++;
      }
      if (at == from) {
        return Optional.empty();
      }
    }
    int offset = offsetSeconds(text, at);
    if (offset == Integer.MIN_VALUE) {
      return Optional.empty();
    }
    long seconds =
        LocalDate.of(year, month, day).toEpochDay() * 86_400L
            + hour * 3_600L
            + minute * 60L
            + second
            - offset;
    return Optional.of(Instant.ofEpochSecond(seconds, nanos));
  }

  /** The offset that is all of the text from {@code at} on; MIN_VALUE when there is none. */
  private static int offsetSeconds(String text, int at) {
    int left = text.length() - at;
    if (left == 1 && (text.charAt(at) == 'Z' || text.charAt(at) == 'z')) {
      return 0;
    }
    if (left != 6 || text.charAt(at + 3) != ':') {
      return Integer.MIN_VALUE;
    }
    int sign = text.charAt(at) == '+' ? 1 : text.charAt(at) == '-' ? -1 : 0;
    int hours = digits(text, at + 1, 2);
    int minutes = digits(text, at + 4, 2);
    if (sign == 0 || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
      return Integer.MIN_VALUE;
    }
    return sign * (hours * 3_600 + minutes * 60);
  }

  private static int digits(String text, int from, int count) {
    int value = 0;
    for (int i = from; i < from + count; i++) {
      if (!isDigit(text.charAt(i))) {
        return -1;
      }
      value = value * 10 + text.charAt(i) - '0';
    }
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
