package io.vecraft.storage.read;

import io.vecraft.index.filter.Filter;
import java.util.Optional;

/**
 * A nearest-neighbour search of one shard.
 *
 * @param vector the query; not changed, not kept
 * @param k at most this many hits, 1 to 10,000
 * @param ef candidates that the graph search keeps; 0 lets the index choose
 * @param exact every visible record is compared
 * @param filter only matching records
 * @param include what hits carry
 */
public record SearchSpec(
    float[] vector, int k, int ef, boolean exact, Optional<Filter> filter, Include include) {}
