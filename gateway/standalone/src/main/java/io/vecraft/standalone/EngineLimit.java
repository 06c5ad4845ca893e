package io.vecraft.standalone;

import java.util.EnumMap;
import java.util.Map;

/**
 * Limits of the parts behind the gateway: each a flag, and a line of the metric {@code
 * vecraft_limit}. What the gateway refuses is {@link io.vecraft.gateway.limits.Limit}.
 */
public enum EngineLimit {
  APPEND_BYTES(
      "max-append-bytes", 64L << 20, 1L << 16, 1L << 30, "bytes of one record of the journal"),
  JOURNAL_IN_FLIGHT_BYTES(
      "max-journal-in-flight-bytes",
      256L << 20,
      1L << 20,
      1L << 40,
      "bytes of appends that the journal has accepted and not answered"),
  DISK_RESERVE_BYTES(
      "disk-reserve-bytes",
      256L << 20,
      0,
      1L << 50,
      "bytes that stay free on the journal's disk; below, writes are refused"),
  TAIL_CACHE_BYTES(
      "max-tail-cache-bytes",
      16L << 20,
      0,
      1L << 32,
      "bytes of the newest records of a partition in memory"),
  JOURNAL_TAILS("max-journal-tails", 1_024, 1, 1_000_000, "tails that storage nodes keep open"),
  DEDUP_WINDOW_S("dedup-window-s", 1_800, 60, 604_800, "seconds that a request id is remembered"),
  DEDUP_BYTES(
      "max-dedup-bytes",
      64L << 20,
      1L << 16,
      1L << 36,
      "bytes of remembered request ids a partition"),
  CACHE_BYTES("max-cache-bytes", 64L << 20, 0, 1L << 40, "bytes of cached results; 0: no cache"),
  CURSORS("max-cursors", 1_000, 1, 1_000_000, "scrolls that are kept readable at one time"),
  CURSOR_IDLE_S(
      "cursor-idle-s",
      300,
      1,
      86_400,
      "seconds that a scroll is kept readable after its last page"),
  PINS("max-pins", 10_000, 1, 10_000_000, "moments of a shard that are held at one time"),
  UNLINKED_VECTORS(
      "max-unlinked-vectors",
      4_096,
      1,
      1_000_000,
      "vectors of a shard that wait for the graph and are scanned exactly");

  private final String flag;
  private final long byDefault;
  private final long min;
  private final long max;
  private final String help;

  EngineLimit(String flag, long byDefault, long min, long max, String help) {
    this.flag = flag;
    this.byDefault = byDefault;
    this.min = min;
    this.max = max;
    this.help = help;
  }

  /** The name of the flag, without dashes in front. */
  public String flag() {
    return flag;
  }

  /** The value when nothing is configured. */
  public long byDefault() {
    return byDefault;
  }

  /** What is counted. */
  public String help() {
    return help;
  }

  /**
   * Every limit, with these changed.
   *
   * @throws IllegalArgumentException when a value is outside of the range of its limit
   */
  static Map<EngineLimit, Long> with(Map<EngineLimit, Long> changes) {
    var values = new EnumMap<EngineLimit, Long>(EngineLimit.class);
    for (EngineLimit limit : values()) {
      long value = changes.getOrDefault(limit, limit.byDefault);
      if (value < limit.min || value > limit.max) {
        throw new IllegalArgumentException(
            "--%s %d is not in %d..%d".formatted(limit.flag, value, limit.min, limit.max));
      }
      values.put(limit, value);
    }
    return values;
  }
}
