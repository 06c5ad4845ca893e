package io.vecraft.standalone.cli;

import java.util.Optional;

/** The server refused a call, or could not be reached. The message is meant for a person. */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final String field;
  private final String requestId;

  /**
   * @param status the HTTP status, 0 when no answer came
   * @param code the error code of the contract, {@code unreachable} when no answer came
   * @param field what the error is about, empty when it is about nothing in particular
   */
  ApiException(int status, String code, String message, String field, String requestId) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
    this.requestId = requestId;
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  Optional<String> field() {
    return field.isEmpty() ? Optional.empty() : Optional.of(field);
  }

  String requestId() {
    return requestId;
  }

  /** The exit code of a command that ended with this error. */
  int exitCode() {
    return switch (status) {
      case 404 -> ExitCodes.NOT_FOUND;
      case 409 -> ExitCodes.CONFLICT;
      case 0, 429, 502, 503, 504 -> ExitCodes.UNAVAILABLE;
      default -> ExitCodes.FAILURE;
    };
  }
}
