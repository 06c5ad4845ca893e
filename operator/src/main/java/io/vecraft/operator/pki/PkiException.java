package io.vecraft.operator.pki;

/** Certificates or keys that cannot be used. Its message never has parts of a key. */
public final class PkiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PkiException(String message) {
    super(message);
  }

  public PkiException(String message, Throwable cause) {
    super(message, cause);
  }
}
