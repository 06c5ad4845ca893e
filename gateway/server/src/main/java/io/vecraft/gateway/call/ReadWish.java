package io.vecraft.gateway.call;

import com.linecorp.armeria.common.RequestHeaders;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.query.ConsistencyLevel;
import io.vecraft.query.ReadOptions;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a client wants to read, gathered from body, query and headers; the body wins over the
 * headers. For one thread.
 */
public final class ReadWish {
  /** The bound of a bounded read that names none, milliseconds. */
  public static final long DEFAULT_MAX_STALENESS_MS = 1_000;

  /** Largest bound that can be asked for, milliseconds: a year. */
  public static final long MAX_STALENESS_MS = 366L * 24 * 3_600 * 1_000;

  private Optional<ConsistencyLevel> level = Optional.empty();
  private OptionalLong maxStalenessMs = OptionalLong.empty();
  private OptionalLong asOf = OptionalLong.empty();
  private long minRequiredStamp;
  private boolean allowPartial;

  public void level(ConsistencyLevel wanted) {
    level = Optional.of(wanted);
  }

  /** The level of that name; {@code invalid_argument} about {@code field} when there is none. */
  public void level(String name, String field) {
    level = Optional.of(levelOf(name, field, ErrorCode.INVALID_ARGUMENT));
  }

  public void maxStalenessMs(long ms) {
    maxStalenessMs = OptionalLong.of(ms);
  }

  public void minRequiredStamp(long stamp) {
    minRequiredStamp = stamp;
  }

  public void asOf(long stamp) {
    asOf = OptionalLong.of(stamp);
  }

  public void allowPartial(boolean allowed) {
    allowPartial = allowed;
  }

  /** Takes from the headers what is not set yet. */
  public void headers(RequestHeaders headers) {
    Optional<ConsistencyLevel> named = levelIn(headers);
    level = level.or(() -> named);
    OptionalLong bound = boundIn(headers);
    maxStalenessMs = maxStalenessMs.isPresent() ? maxStalenessMs : bound;
  }

  private static Optional<ConsistencyLevel> levelIn(RequestHeaders headers) {
    return Optional.ofNullable(CallFactory.value(headers, HeaderNames.CONSISTENCY_LEVEL))
        .map(name ->
            levelOf(
                name,
                CallFactory.display(HeaderNames.CONSISTENCY_LEVEL),
                ErrorCode.INVALID_HEADER));
  }

  private static OptionalLong boundIn(RequestHeaders headers) {
    String bound = CallFactory.value(headers, HeaderNames.MAX_STALENESS_MS);
    if (bound == null) {
      return OptionalLong.empty();
    }
    long ms = CallFactory.decimal(HeaderNames.MAX_STALENESS_MS, bound);
    if (ms > MAX_STALENESS_MS) {
      throw CallFactory.invalid(
          HeaderNames.MAX_STALENESS_MS, "at most " + MAX_STALENESS_MS + " is possible");
    }
    return OptionalLong.of(ms);
  }

  /** Refuses bad values of the headers that a reading has, also where nothing is read. */
  static void check(RequestHeaders headers) {
    var unusedLevel = levelIn(headers);
    var unusedBound = boundIn(headers);
  }

  /** As the query processor needs it. */
  public ReadOptions options(Call call) {
    return new ReadOptions(
        level.orElse(ConsistencyLevel.EVENTUAL),
        maxStalenessMs.orElse(DEFAULT_MAX_STALENESS_MS),
        minRequiredStamp,
        call.sessionStamp(),
        asOf,
        allowPartial,
        call.deadline());
  }

  /** The name of a level in answers. */
  public static String name(ConsistencyLevel level) {
    return switch (level) {
      case EVENTUAL -> "eventual";
      case BOUNDED -> "bounded";
      case READ_YOUR_WRITES -> "read_your_writes";
      case STRONG -> "strong";
    };
  }

  private static ConsistencyLevel levelOf(String name, String field, ErrorCode code) {
    for (ConsistencyLevel level : ConsistencyLevel.values()) {
      if (name(level).equals(name)) {
        return level;
      }
    }
    throw new VecraftException(
        code,
        "the consistency level is eventual, bounded, read_your_writes or strong, not "
            + shown(name).toLowerCase(Locale.ROOT),
        field);
  }

  private static String shown(String text) {
    return text.length() > 64 ? text.substring(0, 64) + "..." : text;
  }
}
