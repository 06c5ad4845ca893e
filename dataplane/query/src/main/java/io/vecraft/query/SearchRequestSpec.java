package io.vecraft.query;

import io.vecraft.storage.read.SearchSpec;
import java.util.Optional;

/**
 * A search of a collection.
 *
 * @param collection name of the collection
 * @param search vector, k, filter and what hits carry
 * @param scoreThreshold only hits with at least this score
 * @param options how to read
 */
public record SearchRequestSpec(
    String collection, SearchSpec search, Optional<Float> scoreThreshold, ReadOptions options) {}
