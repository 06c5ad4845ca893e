package io.vecraft.query;

import io.vecraft.journal.time.Deadline;
import java.util.OptionalLong;

/**
 * How a read is to be done.
 *
 * @param level what the read promises
 * @param maxStalenessMs the bound of {@link ConsistencyLevel#BOUNDED}, milliseconds, 0 or more;
 *     ignored at the other levels
 * @param minRequiredStamp the answer includes everything up to this stamp; 0 for no such demand
 * @param sessionStamp the stamp of the session's token, 0 without one: the answer is never older
 * @param asOf read at exactly this stamp; the other demands on freshness are then ignored
 * @param allowPartial answer from the shards that could be read instead of failing
 * @param deadline when the answer is due
 */
public record ReadOptions(
    ConsistencyLevel level,
    long maxStalenessMs,
    long minRequiredStamp,
    long sessionStamp,
    OptionalLong asOf,
    boolean allowPartial,
    Deadline deadline) {

  /** A read at the level with no further demands. */
  public static ReadOptions of(ConsistencyLevel level, Deadline deadline) {
    return new ReadOptions(level, 0, 0, 0, OptionalLong.empty(), false, deadline);
  }

  /** A read at exactly that stamp. */
  public static ReadOptions asOf(long stamp, Deadline deadline) {
    return new ReadOptions(
        ConsistencyLevel.EVENTUAL, 0, 0, 0, OptionalLong.of(stamp), false, deadline);
  }

  /** The same within a session. */
  public ReadOptions inSession(long stamp) {
    return new ReadOptions(
        level, maxStalenessMs, minRequiredStamp, stamp, asOf, allowPartial, deadline);
  }
}
