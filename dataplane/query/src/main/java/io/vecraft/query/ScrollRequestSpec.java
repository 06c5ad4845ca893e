package io.vecraft.query;

import io.vecraft.index.filter.Filter;
import io.vecraft.storage.read.Include;
import java.util.Optional;

/**
 * One page of a scroll over all matching records of one instant.
 *
 * @param collection name of the collection
 * @param filter only matching records; the same for every page
 * @param limit most records of the page, 1 or more
 * @param cursor from the page before; without one the scroll begins
 * @param include what the records carry
 * @param options how to read; on later pages only the deadline counts, and there are no partial
 *     answers
 */
public record ScrollRequestSpec(
    String collection,
    Optional<Filter> filter,
    int limit,
    Optional<String> cursor,
    Include include,
    ReadOptions options) {}
