package io.vecraft.query;

import java.time.Duration;

/**
 * Settings of a query processor.
 *
 * @param cacheBytes size of the result cache; 0 switches it off
 * @param cursorIdle how long a scroll's cursor keeps its instant readable after its last use
 * @param cursorsMax scrolls that are kept readable at one time
 */
public record QueryConfig(long cacheBytes, Duration cursorIdle, int cursorsMax) {
  /** 64 MiB of results, cursors idle for five minutes, at most 1,000 of them. */
  public static QueryConfig defaults() {
    return new QueryConfig(64L << 20, Duration.ofMinutes(5), 1_000);
  }
}
