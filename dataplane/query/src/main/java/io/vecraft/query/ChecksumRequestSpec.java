package io.vecraft.query;

/**
 * Compares the replicas of a collection.
 *
 * @param collection name of the collection
 * @param options the instant; every replica is waited for, whatever the level
 */
public record ChecksumRequestSpec(String collection, ReadOptions options) {}
