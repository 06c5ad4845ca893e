package io.vecraft.storage.read;

/**
 * A record at one stamp.
 *
 * @param id id of the record
 * @param version stamp of the write that made this version
 * @param metadata JSON object in UTF-8; empty when not included
 * @param vector empty when not included or the record has none
 */
public record RecordView(String id, long version, byte[] metadata, float[] vector) {}
