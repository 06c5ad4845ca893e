package io.vecraft.operator.engine;

/** A gateway that could not be asked, or that refused. */
public final class GatewayException extends Exception {
  private static final long serialVersionUID = 1L;
  private final int status;

  /**
   * With what it said.
   *
   * @param status of HTTP; 0 when there was no answer
   */
  public GatewayException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** Nobody could be asked. */
  public GatewayException(String message) {
    this(0, message);
  }

  /** Whether the same request can go well later although nothing is changed. */
  public boolean isTransient() {
    return status == 0 || status == 429 || status >= 500;
  }
}
