package io.vecraft.index.metadata;

import io.vecraft.index.filter.MetadataSchema;

/** Checks metadata of writes against a declared schema. Immutable and safe for many threads. */
public final class SchemaValidator {
  private SchemaValidator() {}

  public static SchemaValidator of(MetadataSchema schema) {
    throw new UnsupportedOperationException(schema.toString());
  }

  /**
   * Checks that every declared field that is present has the declared type, is an array of it, or
   * null.
   *
   * @throws MetadataException of kind {@code SCHEMA} that names the field, the value's type and the
   *     declared type
   */
  public void check(byte[] metadataJson) {
    throw new UnsupportedOperationException(String.valueOf(metadataJson.length));
  }
}
