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
  private final long sessionStamp;

  public VecraftException(ErrorCode code, String message) {
    this(code, message, "");
  }

  public VecraftException(ErrorCode code, String message, String field) {
    this(code, message, field, 0);
  }

  private VecraftException(ErrorCode code, String message, String field, long sessionStamp) {
    super(message, null, false, false);
    this.code = code;
    this.reason = message;
    this.field = field;
    this.sessionStamp = sessionStamp;
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

  /**
   * The stamp that the session's next token holds; 0 when the error tells nothing of the data. A
   * conflict does: whoever was told of it must not read what was before it.
   */
  public long sessionStamp() {
    return sessionStamp;
  }

  /** The same error about a field of an enclosing object. */
  public VecraftException under(String prefix) {
    return about(field.isEmpty() ? prefix : prefix + "." + field);
  }

  /** The same error about another field. */
  public VecraftException about(String otherField) {
    return new VecraftException(code, reason, otherField, sessionStamp);
  }

  /** The same error, which tells of the data at that stamp. */
  public VecraftException inSession(long stamp) {
    return new VecraftException(code, reason, field, stamp);
  }

  @Override
  public String toString() {
    return code.code() + ": " + reason + (field.isEmpty() ? "" : " (" + field + ")");
  }
}
