package io.vecraft.query;

import io.vecraft.storage.read.Include;
import java.util.List;

/**
 * Reads records by id.
 *
 * @param collection name of the collection
 * @param ids without duplicates
 * @param include what the records carry
 * @param options how to read
 */
public record GetRequestSpec(
    String collection, List<String> ids, Include include, ReadOptions options) {}
