package io.vecraft.index.filter;

import java.util.List;

/** The syntax tree of a filter. Immutable; equal trees match the same records. */
public sealed interface Filter {
  /** All parts match; an empty list matches everything. */
  record And(List<Filter> parts) implements Filter {}

  /** Any part matches; an empty list matches nothing. */
  record Or(List<Filter> parts) implements Filter {}

  /** The plain negation. */
  record Not(Filter part) implements Filter {}

  /** A comparison of a field with one value; an array in the record matches if any element does. */
  record Compare(FieldPath field, Operator operator, Value value) implements Filter {}

  /** The field equals one of the values. */
  record In(FieldPath field, List<Value> values) implements Filter {}

  /** The field is present and not null. */
  record Exists(FieldPath field) implements Filter {}

  /** Comparisons; not-equal is {@code Not(Compare(EQ))}. */
  enum Operator {
    EQ,
    GT,
    GTE,
    LT,
    LTE
  }

  /** Keys from the outside in; {@code a.b} walks objects. */
  record FieldPath(List<String> keys) {}

  /** A literal of a filter. */
  sealed interface Value {
    record Text(String text) implements Value {}

    /** A number by value: 2 equals 2.0. */
    record Num(java.math.BigDecimal number) implements Value {}

    record Bool(boolean value) implements Value {}

    /** A moment, milliseconds and nanoseconds since the epoch kept as an Instant. */
    record Moment(java.time.Instant instant) implements Value {}
  }
}
