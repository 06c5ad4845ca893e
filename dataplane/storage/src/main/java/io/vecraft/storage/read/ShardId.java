package io.vecraft.storage.read;

/**
 * A shard of a collection.
 *
 * @param collectionId id of the collection in the catalog
 * @param shard number of the shard, from 0
 */
public record ShardId(long collectionId, int shard) {}
