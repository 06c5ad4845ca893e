package io.vecraft.standalone.imports;

import java.util.Optional;

/**
 * One record of a file: a vector, or a text that the server makes a vector of.
 *
 * @param id of the record in the collection
 * @param vector empty for a record with a text; not copied
 * @param text what to make a vector of
 * @param metadataJson a JSON object in UTF-8, {@code {}} when there is none; not copied
 */
public record ImportRecord(
    String id, Optional<float[]> vector, Optional<String> text, byte[] metadataJson) {}
