package io.vecraft.index.filter;

import io.vecraft.index.filter.Filter.Operator;
import io.vecraft.index.filter.Filter.Value;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether one value of a record satisfies a comparison. Immutable. */
sealed interface FieldTest {
  default boolean text(String value) {
    return false;
  }

  default boolean integer(long value) {
    return false;
  }

  default boolean decimal(BigDecimal value) {
    return false;
  }

  default boolean bool(boolean value) {
    return false;
  }

  /** The test of a comparison; {@code datetime} says that the field is declared so. */
  static FieldTest of(Operator operator, Value operand, boolean datetime) {
    return switch (operand) {
      case Value.Text(String text) -> {
        Optional<Instant> moment = datetime ? Rfc3339.parse(text) : Optional.empty();
        yield moment.isPresent()
            ? new TextOrMoment(operator, text, moment.get())
            : new TextTest(operator, text);
      }
      case Value.Num(BigDecimal number) -> new NumberTest(operator, number);
      case Value.Bool(boolean value) -> new BoolTest(operator, value);
      case Value.Moment(Instant instant) -> new MomentTest(operator, instant);
    };
  }

  record TextTest(Operator operator, String operand) implements FieldTest {
    @Override
    public boolean text(String value) {
      return operator == Operator.EQ
          ? value.equals(operand)
          : operator.accepts(Texts.compare(value, operand));
    }
  }

  record MomentTest(Operator operator, Instant operand) implements FieldTest {
    @Override
    public boolean text(String value) {
      Optional<Instant> moment = Rfc3339.parse(value);
      return moment.isPresent() && operator.accepts(moment.get().compareTo(operand));
    }
  }

  /** A declared datetime field: time against time, and as texts when the record's is no time. */
  record TextOrMoment(Operator operator, String text, Instant moment) implements FieldTest {
    @Override
    public boolean text(String value) {
      Optional<Instant> time = Rfc3339.parse(value);
      return operator.accepts(
          time.isPresent() ? time.get().compareTo(moment) : Texts.compare(value, text));
    }
  }

  record NumberTest(Operator operator, BigDecimal operand) implements FieldTest {
    @Override
    public boolean integer(long value) {
      return decimal(BigDecimal.valueOf(value));
    }

    @Override
    public boolean decimal(BigDecimal value) {
      return operator.accepts(value.compareTo(operand));
    }
  }

  record BoolTest(Operator operator, boolean operand) implements FieldTest {
    @Override
    public boolean bool(boolean value) {
      return operator.accepts(Boolean.compare(value, operand));
    }
  }

  /** Equality with any of many values. */
  final class InTest implements FieldTest {
    private final boolean datetime;
    private final Set<String> texts = new HashSet<>();
    private final Set<Value.Num> numbers = new HashSet<>();
    private final Set<Boolean> bools = new HashSet<>();
    private final Set<Instant> moments = new HashSet<>();

    InTest(List<Value> values, boolean datetime) {
      this.datetime = datetime;
      for (Value value : values) {
        switch (value) {
          case Value.Text(String text) -> texts.add(text);
          case Value.Num number -> numbers.add(number);
          case Value.Bool(boolean bool) -> bools.add(bool);
          case Value.Moment(Instant instant) -> moments.add(instant);
        }
      }
      if (datetime) {
        texts.forEach(text -> Rfc3339.parse(text).ifPresent(moments::add));
      }
    }

    @Override
    public boolean text(String value) {
      return texts.contains(value)
          || (!moments.isEmpty() && Rfc3339.parse(value).filter(moments::contains).isPresent());
    }

    @Override
    public boolean integer(long value) {
      return !numbers.isEmpty() && numbers.contains(new Value.Num(BigDecimal.valueOf(value)));
    }

    @Override
    public boolean decimal(BigDecimal value) {
      return !numbers.isEmpty() && numbers.contains(new Value.Num(value));
    }

    @Override
    public boolean bool(boolean value) {
      return bools.contains(value);
    }

    @Override
    public String toString() {
      return "in " + texts + numbers + bools + moments + (datetime ? " (datetime)" : "");
    }
  }
}
