package io.vecraft.standalone;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalLimits;
import io.vecraft.query.QueryConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Settings of the parts from the values of the limits, the same however the parts are composed. */
public final class EngineConfigs {
  private EngineConfigs() {}

  /** The value of a limit, or its default. */
  public static long value(Map<EngineLimit, Long> limits, EngineLimit limit) {
    return limits.getOrDefault(limit, limit.byDefault());
  }

  /**
   * Settings of a journal.
   *
   * @param bytesMax of all its segments; above it writes get {@code back_pressure}
   */
  public static JournalConfig journal(
      Path directory, Partitions partitions, Map<EngineLimit, Long> limits, long bytesMax) {
    JournalLimits defaults = JournalLimits.DEFAULTS;
    return JournalConfig.defaults(directory)
        .withPartitions(partitions)
        .withDedup(
            Duration.ofSeconds(value(limits, EngineLimit.DEDUP_WINDOW_S)),
            value(limits, EngineLimit.DEDUP_BYTES))
        .withLimits(
            new JournalLimits(
                value(limits, EngineLimit.APPEND_BYTES),
                defaults.batchBytes(),
                value(limits, EngineLimit.JOURNAL_IN_FLIGHT_BYTES),
                bytesMax,
                value(limits, EngineLimit.DISK_RESERVE_BYTES),
                value(limits, EngineLimit.TAIL_CACHE_BYTES),
                defaults.pullBytes(),
                (int) value(limits, EngineLimit.JOURNAL_TAILS)));
  }

  /** Settings of a query processor. */
  public static QueryConfig query(Map<EngineLimit, Long> limits) {
    return new QueryConfig(
        value(limits, EngineLimit.CACHE_BYTES),
        Duration.ofSeconds(value(limits, EngineLimit.CURSOR_IDLE_S)),
        (int) value(limits, EngineLimit.CURSORS));
  }
}
