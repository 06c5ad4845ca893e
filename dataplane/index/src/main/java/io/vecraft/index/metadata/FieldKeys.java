package io.vecraft.index.metadata;

import io.vecraft.index.filter.JsonNumbers;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * Maps values to 64-bit keys that keep their order: {@code a < b} makes {@code key(a) <= key(b)}.
 * Where different values may share a key, the mapping says so, and a boundary is then left to the
 * matcher.
 */
final class FieldKeys {
  /** Decimals of so many digits have each a double of their own. */
  private static final int DOUBLE_DIGITS = 15;

  /** Far beyond the year 9999, and in microseconds within 64 bits. */
  private static final long SECONDS_MAX = 9_000_000_000_000L;

  private static final BigDecimal LONG_MIN = BigDecimal.valueOf(Long.MIN_VALUE);
  private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private FieldKeys() {}

  /** The 64-bit integer that a number's text is by value. */
  static OptionalLong integer(String text) {
    return JsonNumbers.parse(text).map(number -> integer(number)).orElse(OptionalLong.empty());
  }

  /** The 64-bit integer that a number is by value. */
  static OptionalLong integer(BigDecimal number) {
    if (number.compareTo(LONG_MIN) < 0 || number.compareTo(LONG_MAX) > 0) {
      return OptionalLong.empty();
    }
    BigDecimal plain = number.stripTrailingZeros();
    return plain.scale() > 0 ? OptionalLong.empty() : OptionalLong.of(plain.longValueExact());
  }

  /** Key of a double; infinities are beyond all others. */
  static long floating(double value) {
    // Adding zero turns -0.0 into 0.0.
    long bits = Double.doubleToLongBits(value + 0.0);
    return bits >= 0 ? bits : ~bits ^ Long.MIN_VALUE;
  }

  /** Whether no other number that is exact itself has the same double. */
  static boolean isExactDouble(BigDecimal number) {
    if (number.signum() == 0) {
      return true;
    }
    BigDecimal plain = number.stripTrailingZeros();
    long magnitude = (long) plain.precision() - plain.scale();
    return plain.precision() <= DOUBLE_DIGITS && magnitude > -290 && magnitude < 290;
  }

  /** Key of a moment: microseconds since the epoch, rounded down. */
  static long moment(Instant instant) {
    long seconds = Math.clamp(instant.getEpochSecond(), -SECONDS_MAX, SECONDS_MAX);
    return seconds * 1_000_000L + instant.getNano() / 1_000;
  }

  /** Whether the key says all about the moment. */
  static boolean isExactMoment(Instant instant) {
    return instant.getNano() % 1_000 == 0 && Math.abs(instant.getEpochSecond()) < SECONDS_MAX;
  }
}
