package io.vecraft.error;

import java.util.Optional;

/**
 * An error that a client is told: a code of the closed list, a message that names the field, the
 * value and the limit, and the path of the field where there is one ({@code vectors[0].vector}).
 *
 * <p>It carries no stack trace: it is an answer, not a fault.
 */
public final class VecraftException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final String reason;
  private final String field;

  public VecraftException(ErrorCode code, String message) {
    this(code, message, "");
  }

  public VecraftException(ErrorCode code, String message, String field) {
    super(message, null, false, false);
    this.code = code;
    this.reason = message;
    this.field = field;
  }

  public ErrorCode code() {
    return code;
  }

  /** What is wrong, for a person. */
  public String reason() {
    return reason;
  }

  /** The path of the offending field, if the error is about one. */
  public Optional<String> field() {
    return field.isEmpty() ? Optional.empty() : Optional.of(field);
  }

  /** The same error about a field of an enclosing object. */
  public VecraftException under(String prefix) {
    return new VecraftException(code, reason, field.isEmpty() ? prefix : prefix + "." + field);
  }

  @Override
  public String toString() {
    return code.code() + ": " + reason + (field.isEmpty() ? "" : " (" + field + ")");
  }
}
