package io.vecraft.index.vector;

/**
 * Hits, nearest first; of equally near ones the smaller ordinal first. The arrays belong to the
 * receiver.
 *
 * @param ordinals the hits; only the first {@code size} count
 * @param distances distance of each
 * @param size number of hits
 * @param visited vectors that were compared
 */
@SuppressWarnings("ArrayRecordComponent")
public record SearchResult(int[] ordinals, float[] distances, int size, long visited) {}
