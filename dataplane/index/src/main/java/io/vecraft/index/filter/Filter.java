package io.vecraft.index.filter;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/**
 * The syntax tree of a filter. Immutable; equal trees match the same records.
 *
 * <p>What a tree means is told by {@link FilterMatcher}; texts are turned into trees by {@link
 * FilterParser}.
 */
public sealed interface Filter {
  /** Matches every record. */
  Filter ALL = new And(List.of());

  /** All parts match; an empty list matches everything. */
  record And(List<Filter> parts) implements Filter {
    public And {
      parts = List.copyOf(parts);
    }
  }

  /** Any part matches; an empty list matches nothing. */
  record Or(List<Filter> parts) implements Filter {
    public Or {
      parts = List.copyOf(parts);
    }
  }

  /** The plain negation. */
  record Not(Filter part) implements Filter {}

  /** A comparison of a field with one value; an array in the record matches if any element does. */
  record Compare(FieldPath field, Operator operator, Value value) implements Filter {}

  /** The field equals one of the values; of an array, any element does. */
  record In(FieldPath field, List<Value> values) implements Filter {
    public In {
      values = List.copyOf(values);
    }
  }

  /** The field is present and not null. */
  record Exists(FieldPath field) implements Filter {}

  /** Comparisons; not-equal is {@code Not(Compare(EQ))}. */
  enum Operator {
    EQ,
    GT,
    GTE,
    LT,
    LTE;

    /** Whether a value that compares like {@code sign} to the operand satisfies the operator. */
    public boolean accepts(int sign) {
      return switch (this) {
        case EQ -> sign == 0;
        case GT -> sign > 0;
        case GTE -> sign >= 0;
        case LT -> sign < 0;
        case LTE -> sign <= 0;
      };
    }
  }

  /** A literal of a filter. */
  sealed interface Value {
    /** A text; ordered by Unicode code points. */
    record Text(String text) implements Value {}

    /** A number by value: 2 equals 2.0, in the tree as well. */
    record Num(BigDecimal number) implements Value {
      public Num {
        number = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
      }
    }

    /** A boolean; false is below true. */
    record Bool(boolean value) implements Value {}

    /** A moment, to the nanosecond; compares with RFC 3339 texts. */
    record Moment(Instant instant) implements Value {}
  }
}
