package io.vecraft.storage.read;

/**
 * What became of one operation.
 *
 * @param operation its position in the log record
 * @param id id of the record of the database
 * @param kind the outcome
 */
public record OperationOutcome(int operation, String id, Kind kind) {
  /** Outcomes; {@code ABORTED} are operations of a transaction that was not committed. */
  public enum Kind {
    CREATED,
    UPDATED,
    DELETED,
    CONFLICT,
    NOT_FOUND,
    ABORTED
  }
}
