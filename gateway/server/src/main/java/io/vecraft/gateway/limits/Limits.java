package io.vecraft.gateway.limits;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.Map;

/** The values of all limits. Immutable. */
public final class Limits {
  private static final Limits DEFAULTS = new Limits(defaultValues());

  private final long[] values;

  private Limits(long[] values) {
    this.values = values;
  }

  private static long[] defaultValues() {
    Limit[] all = Limit.values();
    long[] values = new long[all.length];
    for (Limit limit : all) {
      values[limit.ordinal()] = limit.byDefault();
    }
    return values;
  }

  /** Every limit at its default. */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /**
   * These limits with some changed.
   *
   * @throws IllegalArgumentException when a value is outside of the range of its limit
   */
  public Limits with(Map<Limit, Long> changes) {
    long[] next = values.clone();
    changes.forEach((limit, value) -> {
      if (value < limit.min() || value > limit.max()) {
        throw new IllegalArgumentException(
            "--%s %d is not in %d..%d".formatted(limit.flag(), value, limit.min(), limit.max()));
      }
      next[limit.ordinal()] = value;
    });
    return new Limits(next);
  }

  /** These limits with one changed. */
  public Limits with(Limit limit, long value) {
    return with(Map.of(limit, value));
  }

  public long get(Limit limit) {
    return values[limit.ordinal()];
  }

  /** The value of a limit that is small enough for an {@code int}. */
  public int getInt(Limit limit) {
    return (int) Math.min(Integer.MAX_VALUE, values[limit.ordinal()]);
  }

  /**
   * Refuses a value above the limit.
   *
   * @throws VecraftException {@code limit_exceeded} about {@code field}
   */
  public void check(Limit limit, long value, String field) {
    if (value > get(limit)) {
      throw exceeded(limit, Long.toString(value), field);
    }
  }

  /** The error of a value above the limit. */
  public VecraftException exceeded(Limit limit, String value, String field) {
    return new VecraftException(
        ErrorCode.LIMIT_EXCEEDED,
        "%s is over the limit of %d %s (%s)"
            .formatted(value, get(limit), limit.help(), limit.flag()),
        field);
  }
}
