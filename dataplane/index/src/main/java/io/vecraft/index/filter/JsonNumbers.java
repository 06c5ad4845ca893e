package io.vecraft.index.filter;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * The numbers that filters and metadata may hold: at most {@value #DIGITS_MAX} characters, and an
 * exponent between -{@value #EXPONENT_MAX} and {@value #EXPONENT_MAX}. So arithmetic on them is
 * cheap, whatever was sent.
 */
public final class JsonNumbers {
  /** Most characters and most digits. */
  public static final int DIGITS_MAX = 1_000;

  /** Largest exponent of ten, either way. */
  public static final int EXPONENT_MAX = 10_000;

  private JsonNumbers() {}

  /** The value of a number's text; empty when it is out of range or not a number. */
  public static Optional<BigDecimal> parse(String text) {
    if (text.length() > DIGITS_MAX) {
      return Optional.empty();
    }
    try {
      BigDecimal number = new BigDecimal(text);
      return inRange(number) ? Optional.of(number) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether a number is within the limits. */
  public static boolean inRange(BigDecimal number) {
    long magnitude = (long) number.precision() - number.scale();
    return number.precision() <= DIGITS_MAX
        && Math.abs(magnitude) <= EXPONENT_MAX
        && Math.abs((long) number.scale()) <= EXPONENT_MAX;
  }
}
