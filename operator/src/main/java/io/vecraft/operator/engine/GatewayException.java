package io.vecraft.operator.engine;

/** A gateway that could not be asked, or that refused. */
public final class GatewayException extends Exception {
  private static final long serialVersionUID = 1L;
  private final int status;
  private final String field;

  /**
   * With what it said.
   *
   * @param status of HTTP; 0 when there was no answer
   */
  public GatewayException(int status, String message) {
    this(status, message, "");
  }

  /**
   * With what it said.
   *
   * @param status of HTTP; 0 when there was no answer
   * @param field what of the request it is about; empty when it does not say
   */
  GatewayException(int status, String message, String field) {
    super(message);
    this.status = status;
    this.field = field;
  }

  /** Nobody could be asked. */
  public GatewayException(String message) {
    this(0, message);
  }

  /** What of the request was refused; empty when that was not said. */
  public String field() {
    return field;
  }

  /** Whether the same request can go well later although nothing is changed. */
  public boolean isTransient() {
    return status == 0 || status == 429 || status >= 500;
  }
}
