package io.vecraft.index.filter;

/**
 * Decides whether a record matches a filter, from its metadata alone. Immutable and safe for many
 * threads.
 */
public final class FilterMatcher {
  private FilterMatcher() {}

  /** Compiles a filter; the schema matters for datetime fields only. */
  public static FilterMatcher of(Filter filter, MetadataSchema schema) {
    throw new UnsupportedOperationException(filter + " " + schema);
  }

  /**
   * Whether a record with that metadata matches.
   *
   * @param metadataJson a JSON object in UTF-8; empty means {@code {}}
   */
  public boolean matches(byte[] metadataJson) {
    throw new UnsupportedOperationException(String.valueOf(metadataJson.length));
  }
}
