package io.vecraft.query;

/**
 * How a search was done.
 *
 * @param exact whether the nearest are exactly the nearest
 * @param strategy what the planner chose; the shards' different choices joined by {@code +}
 * @param visited vectors that were compared
 * @param tookMicros time in the query processor, microseconds
 */
public record SearchInfo(boolean exact, String strategy, long visited, long tookMicros) {}
