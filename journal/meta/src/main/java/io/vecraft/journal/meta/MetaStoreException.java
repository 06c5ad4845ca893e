package io.vecraft.journal.meta;

/** The metadata store cannot be read or written. */
public final class MetaStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MetaStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
