package io.vecraft.gateway.write;

import io.vecraft.proto.journal.Precondition;

/** What must hold at a write's place in the order for it to have an effect. */
public sealed interface Condition {
  /** Always holds. */
  Condition NONE = new None();

  /** The record does not exist. */
  Condition IF_ABSENT = new IfAbsent();

  /** The record's current version is exactly this. */
  static Condition ifVersion(long version) {
    return new IfVersion(version);
  }

  /** See {@link #NONE}. */
  record None() implements Condition {}

  /** See {@link #IF_ABSENT}. */
  record IfAbsent() implements Condition {}

  /**
   * See {@link #ifVersion}.
   *
   * @param version a stamp
   */
  record IfVersion(long version) implements Condition {}

  /** Whether the outcome depends on the record's state. */
  default boolean conditional() {
    return !(this instanceof None);
  }

  /** The stamp that the write must come after. */
  default long floor() {
    return this instanceof IfVersion v ? v.version() : 0;
  }

  /** As the journal writes it; {@link #NONE} is the default instance. */
  default Precondition toProto() {
    return switch (this) {
      case None() -> Precondition.getDefaultInstance();
      case IfAbsent() -> Precondition.newBuilder().setIfAbsent(true).build();
      case IfVersion(long version) -> Precondition.newBuilder().setIfVersion(version).build();
    };
  }
}
