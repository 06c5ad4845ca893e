package io.vecraft.query;

import io.vecraft.index.filter.Filter;
import java.util.Optional;

/**
 * Counts records.
 *
 * @param collection name of the collection
 * @param filter only matching records
 * @param options how to read
 */
public record CountRequestSpec(String collection, Optional<Filter> filter, ReadOptions options) {}
