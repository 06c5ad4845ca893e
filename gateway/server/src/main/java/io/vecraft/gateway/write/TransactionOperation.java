package io.vecraft.gateway.write;

/**
 * One operation of a transaction.
 *
 * @param collection name of the collection
 * @param item what to do
 */
public record TransactionOperation(String collection, WriteItem item) {}
