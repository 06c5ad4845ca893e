package io.vecraft.storage.read;

import java.util.Optional;

/**
 * State of a shard replica for descriptions and metrics.
 *
 * @param records live records at the frontier
 * @param vectorsIndexed vectors in the graph
 * @param vectorsNotIndexed vectors that are scanned exactly for now
 * @param frontier see {@link ShardReader#frontier()}
 * @param appliedOffset last offset applied of its DATA partition
 * @param offHeapBytes memory outside the Java heap
 * @param damage what is damaged and being rebuilt; empty in good health
 */
public record ShardStats(
    long records,
    long vectorsIndexed,
    long vectorsNotIndexed,
    long frontier,
    long appliedOffset,
    long offHeapBytes,
    Optional<String> damage) {}
