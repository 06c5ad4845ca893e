package io.vecraft.storage.shard;

import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Precondition;
import java.util.OptionalLong;

/** Whether operations may take effect, as a function of the record's version before them. */
public final class Preconditions {
  private Preconditions() {}

  /** What a check says. */
  public enum Verdict {
    HOLDS,
    CONFLICT,
    NOT_FOUND
  }

  /** Whether the operation's effect depends on the state; a patch always does. */
  public static boolean conditional(Operation operation) {
    return switch (operation.getKindCase()) {
      case PATCH -> true;
      case UPSERT -> set(operation.getUpsert().getPrecondition());
      case DELETE -> set(operation.getDelete().getPrecondition());
      default -> false;
    };
  }

  /** The id of the record that the operation is about; empty for operations about no record. */
  public static String id(Operation operation) {
    return switch (operation.getKindCase()) {
      case UPSERT -> operation.getUpsert().getId();
      case PATCH -> operation.getPatch().getId();
      case DELETE -> operation.getDelete().getId();
      default -> "";
    };
  }

  /** The UTF-8 bytes of {@link #id}. */
  public static byte[] idBytes(Operation operation) {
    return switch (operation.getKindCase()) {
      case UPSERT -> operation.getUpsert().getIdBytes().toByteArray();
      case PATCH -> operation.getPatch().getIdBytes().toByteArray();
      case DELETE -> operation.getDelete().getIdBytes().toByteArray();
      default -> new byte[0];
    };
  }

  /** Whether the operation writes a record of the database. */
  public static boolean writesRecord(Operation operation) {
    return switch (operation.getKindCase()) {
      case UPSERT, PATCH, DELETE -> true;
      default -> false;
    };
  }

  /**
   * Checks an operation.
   *
   * @param version the record's version at its place in the order; empty when there is no record
   */
  public static Verdict check(Operation operation, OptionalLong version) {
    return switch (operation.getKindCase()) {
      case UPSERT -> check(operation.getUpsert().getPrecondition(), version);
      case DELETE -> check(operation.getDelete().getPrecondition(), version);
      case PATCH ->
          version.isEmpty()
              ? Verdict.NOT_FOUND
              : check(operation.getPatch().getPrecondition(), version);
      default -> Verdict.HOLDS;
    };
  }

  private static boolean set(Precondition precondition) {
    return precondition.getKindCase() != Precondition.KindCase.KIND_NOT_SET;
  }

  private static Verdict check(Precondition precondition, OptionalLong version) {
    return switch (precondition.getKindCase()) {
      case IF_ABSENT -> version.isEmpty() ? Verdict.HOLDS : Verdict.CONFLICT;
      case IF_VERSION ->
          version.isPresent() && version.getAsLong() == precondition.getIfVersion()
              ? Verdict.HOLDS
              : Verdict.CONFLICT;
      case IF_PRESENT -> version.isPresent() ? Verdict.HOLDS : Verdict.NOT_FOUND;
      case KIND_NOT_SET -> Verdict.HOLDS;
    };
  }
}
