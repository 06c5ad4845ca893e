package io.vecraft.index.metadata;

/** Metadata that is not acceptable; the message says why, {@link #field()} where. */
public final class MetadataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;
  private final String field;

  public MetadataException(Kind kind, String message, String field) {
    super(message, null, false, false);
    this.kind = kind;
    this.field = field;
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }

  /** Path of the field as in filters; empty for the whole. */
  public String field() {
    return field;
  }

  /** Families of mistakes. */
  public enum Kind {
    /** Not a JSON object. */
    MALFORMED,
    /** Too large, too deep, too long a number. */
    LIMIT,
    /** A field has another type than declared. */
    SCHEMA
  }
}
