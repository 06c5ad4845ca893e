package io.vecraft.storage.read;

/**
 * One version of a record in its history.
 *
 * @param version stamp of the write
 * @param kind {@code upsert}, {@code patch} or {@code delete}
 * @param requestId request that wrote it
 * @param principal who sent the request
 * @param metadata JSON object in UTF-8 after the write; empty for a delete
 */
public record VersionView(
    long version, String kind, String requestId, String principal, byte[] metadata) {}
