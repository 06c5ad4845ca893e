package io.vecraft.query;

import java.util.Optional;

/**
 * Reads the versions of a record.
 *
 * @param collection name of the collection
 * @param id of the record
 * @param limit most versions of the page, 1 or more
 * @param cursor from the page before
 * @param options how to read
 */
public record HistoryRequestSpec(
    String collection, String id, int limit, Optional<String> cursor, ReadOptions options) {}
