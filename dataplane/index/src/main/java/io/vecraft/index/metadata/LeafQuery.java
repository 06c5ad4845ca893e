package io.vecraft.index.metadata;

import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.Filter.Operator;
import io.vecraft.index.filter.Filter.Value;
import io.vecraft.index.filter.Rfc3339;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One comparison of a filter in terms of the keys of a declared field. Immutable.
 *
 * <p>A row matches certainly if it has a key in one of the ranges. At a boundary key different
 * values may hide behind the same key: what {@link Edge} says holds for rows whose values are all
 * told exactly by their keys, the others may match. Rows with values of another type than declared
 * may always match.
 *
 * @param field the field
 * @param type its declared type, which decides what keys are
 * @param kind what is asked
 * @param ranges of numbers: inclusive, in ascending order, disjoint
 * @param edges in ascending order of their keys, in no range
 * @param terms of texts: in ascending order, disjoint
 */
record LeafQuery(
    FieldPath field,
    FieldType type,
    Kind kind,
    List<Range> ranges,
    List<Edge> edges,
    List<TermRange> terms) {

  enum Kind {
    /** Present and not null. */
    EXISTS,
    /** Keys do not tell; every present row may match. */
    OPEN,
    /** Numbers in ranges or at edges. */
    NUMBERS,
    /** Terms in ranges. */
    TERMS
  }

  record Range(long from, long to) {}

  /** What a boundary key means. */
  record Edge(long key, Meaning meaning) {
    enum Meaning {
      /** Rows that are told exactly match. */
      MATCH,
      /** Rows that are told exactly do not match. */
      NO_MATCH,
      /** The operand itself is not told exactly by its key. */
      OPEN
    }
  }

  /** Terms from {@code from} to {@code to}, either included or not; without an end, unlimited. */
  record TermRange(byte[] from, boolean fromIncluded, Optional<byte[]> to, boolean toIncluded) {
    static TermRange exactly(byte[] term) {
      return new TermRange(term, true, Optional.of(term), true);
    }

    boolean contains(byte[] term) {
      return !isAbove(term) && !isBelow(term);
    }

    /** Whether the whole range is above the term. */
    boolean isAbove(byte[] term) {
      int sign = Arrays.compareUnsigned(term, from);
      return sign < 0 || (sign == 0 && !fromIncluded);
    }

    /** Whether the whole range is below the term. */
    boolean isBelow(byte[] term) {
      if (to.isEmpty()) {
        return false;
      }
      int sign = Arrays.compareUnsigned(term, to.get());
      return sign > 0 || (sign == 0 && !toIncluded);
    }
  }

  static LeafQuery exists(FieldPath field, FieldType type) {
    return new LeafQuery(field, type, Kind.EXISTS, List.of(), List.of(), List.of());
  }

  static LeafQuery compare(FieldPath field, FieldType type, Operator operator, Value operand) {
    return of(field, type, operator, List.of(operand));
  }

  static LeafQuery in(Filter.In in, FieldType type) {
    return of(in.field(), type, Operator.EQ, in.values());
  }

  private static LeafQuery of(
      FieldPath field, FieldType type, Operator operator, List<Value> operands) {
    Builder builder = new Builder(operator);
    for (Value operand : operands) {
      switch (type) {
        case KEYWORD -> builder.keyword(operand);
        case INTEGER -> builder.integer(operand);
        case FLOAT -> builder.floating(operand);
        case BOOL -> builder.bool(operand);
        case DATETIME -> builder.datetime(operand);
      }
    }
    Kind kind = builder.open ? Kind.OPEN : type == FieldType.KEYWORD ? Kind.TERMS : Kind.NUMBERS;
    return new LeafQuery(
        field,
        type,
        kind,
        builder.ranges.stream().sorted(Comparator.comparingLong(Range::from)).distinct().toList(),
        edges(builder.edges),
        builder.terms.stream()
            .sorted(Comparator.comparing(TermRange::from, Arrays::compareUnsigned))
            .toList());
  }

  /** Of several operands with one key, the weakest statement stands. */
  private static List<Edge> edges(List<Edge> all) {
    List<Edge> edges = new ArrayList<>();
    all.stream()
        .sorted(Comparator.comparingLong(Edge::key))
        .forEach(edge -> {
          if (!edges.isEmpty() && edges.getLast().key == edge.key) {
            if (!edges.getLast().equals(edge)) {
              edges.set(edges.size() - 1, new Edge(edge.key, Edge.Meaning.OPEN));
            }
          } else {
            edges.add(edge);
          }
        });
    return List.copyOf(edges);
  }

  private static final class Builder {
    private final Operator operator;
    private final List<Range> ranges = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();
    private final List<TermRange> terms = new ArrayList<>();
    private boolean open;

    Builder(Operator operator) {
      this.operator = operator;
    }

    void keyword(Value operand) {
      switch (operand) {
        case Value.Text(String text) -> {
          byte[] term = text.getBytes(StandardCharsets.UTF_8);
          terms.add(
              switch (operator) {
                case EQ -> TermRange.exactly(term);
                case GT -> new TermRange(term, false, Optional.empty(), false);
                case GTE -> new TermRange(term, true, Optional.empty(), false);
                case LT -> new TermRange(new byte[0], true, Optional.of(term), false);
                case LTE -> new TermRange(new byte[0], true, Optional.of(term), true);
              });
        }
        // A text may be a time.
        case Value.Moment moment -> open = true;
        case Value.Num number -> {}
        case Value.Bool bool -> {}
      }
    }

    void integer(Value operand) {
      if (operand instanceof Value.Num(BigDecimal number)) {
        switch (operator) {
          case EQ -> FieldKeys.integer(number).ifPresent(key -> range(key, key));
          case GT, GTE -> {
            boolean isKey = FieldKeys.integer(number).isPresent();
            ceiling(number).ifPresent(key -> above(key, operator == Operator.GTE || !isKey));
          }
          case LT, LTE -> {
            boolean isKey = FieldKeys.integer(number).isPresent();
            floor(number).ifPresent(key -> below(key, operator == Operator.LTE || !isKey));
          }
        }
      }
    }

    /** The smallest 64-bit integer not below a number. */
    private static Optional<Long> ceiling(BigDecimal number) {
      if (number.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) <= 0) {
        return Optional.of(Long.MIN_VALUE);
      }
      return number.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
          ? Optional.empty()
          : Optional.of(number.setScale(0, RoundingMode.CEILING).longValueExact());
    }

    /** The largest 64-bit integer not above a number. */
    private static Optional<Long> floor(BigDecimal number) {
      if (number.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0) {
        return Optional.of(Long.MAX_VALUE);
      }
      return number.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) < 0
          ? Optional.empty()
          : Optional.of(number.setScale(0, RoundingMode.FLOOR).longValueExact());
    }

    void floating(Value operand) {
      if (operand instanceof Value.Num(BigDecimal number)) {
        inexact(
            FieldKeys.floating(Double.parseDouble(number.toString())),
            FieldKeys.isExactDouble(number));
      }
    }

    void datetime(Value operand) {
      switch (operand) {
        case Value.Moment(Instant instant) -> moment(instant);
        case Value.Text(String text) -> {
          Optional<Instant> instant = Rfc3339.parse(text);
          // Another text compares as text, which keys do not tell.
          instant.ifPresentOrElse(this::moment, () -> open = true);
        }
        case Value.Num number -> {}
        case Value.Bool bool -> {}
      }
    }

    private void moment(Instant instant) {
      inexact(FieldKeys.moment(instant), FieldKeys.isExactMoment(instant));
    }

    private void inexact(long key, boolean exact) {
      edges.add(
          new Edge(
              key,
              !exact
                  ? Edge.Meaning.OPEN
                  : operator.accepts(0) ? Edge.Meaning.MATCH : Edge.Meaning.NO_MATCH));
      switch (operator) {
        case EQ -> {}
        case GT, GTE -> above(key, false);
        case LT, LTE -> below(key, false);
      }
    }

    void bool(Value operand) {
      if (operand instanceof Value.Bool(boolean value)) {
        for (int key = 0; key <= 1; key++) {
          if (operator.accepts(Integer.compare(key, value ? 1 : 0))) {
            range(key, key);
          }
        }
      }
    }

    private void above(long key, boolean included) {
      if (included || key < Long.MAX_VALUE) {
        range(included ? key : key + 1, Long.MAX_VALUE);
      }
    }

    private void below(long key, boolean included) {
      if (included || key > Long.MIN_VALUE) {
        range(Long.MIN_VALUE, included ? key : key - 1);
      }
    }

    private void range(long from, long to) {
      ranges.add(new Range(from, to));
    }
  }
}
