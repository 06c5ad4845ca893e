package io.vecraft.storage.shard;

import io.vecraft.storage.read.OperationOutcome;

/**
 * What an operation came to. Every operation of the log that belongs to a shard makes one row, also
 * one without effect: so outcomes and the count of applied operations can be read off the rows. The
 * codes are on disk.
 */
public enum RowKind {
  /** An upsert of an id that had no record. */
  CREATED(1, true, "upsert", OperationOutcome.Kind.CREATED),
  /** An upsert over a record. */
  REPLACED(2, true, "upsert", OperationOutcome.Kind.UPDATED),
  /** A change of metadata alone. */
  PATCHED(3, true, "patch", OperationOutcome.Kind.UPDATED),
  /** A tombstone. */
  DELETED(4, true, "delete", OperationOutcome.Kind.DELETED),
  /** A precondition did not hold: no effect. */
  CONFLICT(5, false, "", OperationOutcome.Kind.CONFLICT),
  /** A patch or delete of what is not there: no effect. */
  NOT_FOUND(6, false, "", OperationOutcome.Kind.NOT_FOUND),
  /** Part of a transaction that was not committed: no effect. */
  ABORTED(7, false, "", OperationOutcome.Kind.ABORTED);

  private static final RowKind[] BY_CODE = new RowKind[8];

  static {
    for (RowKind kind : values()) {
      BY_CODE[kind.code] = kind;
    }
  }

  private final int code;
  private final boolean effective;
  private final String history;
  private final OperationOutcome.Kind outcome;

  RowKind(int code, boolean effective, String history, OperationOutcome.Kind outcome) {
    this.code = code;
    this.effective = effective;
    this.history = history;
    this.outcome = outcome;
  }

  /** The code on disk, 1 to 7. */
  public int code() {
    return code;
  }

  /** Whether the row is a version of its record. */
  public boolean effective() {
    return effective;
  }

  /** The name in a record's history. */
  public String history() {
    return history;
  }

  public OperationOutcome.Kind outcome() {
    return outcome;
  }

  /** The kind of a code, {@code IllegalStateException} for another number. */
  public static RowKind of(int code) {
    RowKind kind = code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    if (kind == null) {
      throw new IllegalStateException("row kind " + code);
    }
    return kind;
  }
}
