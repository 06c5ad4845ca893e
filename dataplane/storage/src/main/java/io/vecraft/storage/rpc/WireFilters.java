package io.vecraft.storage.rpc;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.JsonNumbers;
import io.vecraft.proto.storage.Decimal;
import io.vecraft.proto.storage.FilterNode;
import io.vecraft.proto.storage.FilterValue;
import io.vecraft.proto.storage.Moment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/** Filters as messages: a tree comes back equal to the one that was sent. */
public final class WireFilters {
  /** Levels of a tree; a parsed filter has at most half as many. */
  static final int DEPTH_MAX = 80;

  private static final int UNSCALED_BYTES_MAX = 512;

  private WireFilters() {}

  /** The message of a tree. */
  public static FilterNode toWire(Filter filter) {
    var node = FilterNode.newBuilder();
    switch (filter) {
      case Filter.And(List<Filter> parts) -> {
        node.setKind(FilterNode.Kind.AND);
        parts.forEach(part -> node.addParts(toWire(part)));
      }
      case Filter.Or(List<Filter> parts) -> {
        node.setKind(FilterNode.Kind.OR);
        parts.forEach(part -> node.addParts(toWire(part)));
      }
      case Filter.Not(Filter part) -> node.setKind(FilterNode.Kind.NOT).addParts(toWire(part));
      case Filter.Compare(FieldPath field, Filter.Operator operator, Filter.Value value) ->
          node.setKind(FilterNode.Kind.COMPARE)
              .addAllField(field.keys())
              .setOperator(operator(operator))
              .addValues(value(value));
      case Filter.In(FieldPath field, List<Filter.Value> values) -> {
        node.setKind(FilterNode.Kind.IN).addAllField(field.keys());
        values.forEach(value -> node.addValues(value(value)));
      }
      case Filter.Exists(FieldPath field) ->
          node.setKind(FilterNode.Kind.EXISTS).addAllField(field.keys());
    }
    return node.build();
  }

  private static FilterNode.Operator operator(Filter.Operator operator) {
    return switch (operator) {
      case EQ -> FilterNode.Operator.EQ;
      case GT -> FilterNode.Operator.GT;
      case GTE -> FilterNode.Operator.GTE;
      case LT -> FilterNode.Operator.LT;
      case LTE -> FilterNode.Operator.LTE;
    };
  }

  private static FilterValue value(Filter.Value value) {
    var wire = FilterValue.newBuilder();
    switch (value) {
      case Filter.Value.Text(String text) -> wire.setText(text);
      case Filter.Value.Num(BigDecimal number) ->
          wire.setNumber(
              Decimal.newBuilder()
                  .setUnscaled(ByteString.copyFrom(number.unscaledValue().toByteArray()))
                  .setScale(number.scale()));
      case Filter.Value.Bool(boolean bool) -> wire.setBool(bool);
      case Filter.Value.Moment(Instant instant) ->
          wire.setMoment(
              Moment.newBuilder().setSeconds(instant.getEpochSecond()).setNanos(instant.getNano()));
    }
    return wire.build();
  }

  /**
   * The tree of a message.
   *
   * @throws VecraftException {@code invalid_argument} when it is none, or deeper than any filter
   *     that can be parsed
   */
  public static Filter fromWire(FilterNode node) {
    return fromWire(node, 1);
  }

  private static Filter fromWire(FilterNode node, int depth) {
    if (depth > DEPTH_MAX) {
      throw invalid("nests deeper than " + DEPTH_MAX);
    }
    return switch (node.getKind()) {
      case AND -> new Filter.And(parts(node, depth));
      case OR -> new Filter.Or(parts(node, depth));
      case NOT -> {
        require(node.getPartsCount() == 1, "a negation has one part");
        yield new Filter.Not(fromWire(node.getParts(0), depth + 1));
      }
      case COMPARE -> {
        require(node.getValuesCount() == 1, "a comparison has one value");
        yield new Filter.Compare(field(node), operator(node), value(node.getValues(0)));
      }
      case IN ->
          new Filter.In(
              field(node), node.getValuesList().stream().map(WireFilters::value).toList());
      case EXISTS -> new Filter.Exists(field(node));
      case KIND_UNSPECIFIED, UNRECOGNIZED -> throw invalid("has a node of an unknown kind");
    };
  }

  private static List<Filter> parts(FilterNode node, int depth) {
    return node.getPartsList().stream().map(part -> fromWire(part, depth + 1)).toList();
  }

  private static FieldPath field(FilterNode node) {
    try {
      return new FieldPath(node.getFieldList());
    } catch (IllegalArgumentException e) {
      throw invalid("has a field that is none: " + e.getMessage());
    }
  }

  private static Filter.Operator operator(FilterNode node) {
    return switch (node.getOperator()) {
      case EQ -> Filter.Operator.EQ;
      case GT -> Filter.Operator.GT;
      case GTE -> Filter.Operator.GTE;
      case LT -> Filter.Operator.LT;
      case LTE -> Filter.Operator.LTE;
      case OPERATOR_UNSPECIFIED, UNRECOGNIZED -> throw invalid("has an unknown operator");
    };
  }

  private static Filter.Value value(FilterValue value) {
    return switch (value.getValueCase()) {
      case TEXT -> new Filter.Value.Text(value.getText());
      case NUMBER -> new Filter.Value.Num(number(value.getNumber()));
      case BOOL -> new Filter.Value.Bool(value.getBool());
      case MOMENT -> new Filter.Value.Moment(moment(value.getMoment()));
      case VALUE_NOT_SET -> throw invalid("has a value of an unknown kind");
    };
  }

  private static BigDecimal number(Decimal number) {
    ByteString unscaled = number.getUnscaled();
    require(!unscaled.isEmpty() && unscaled.size() <= UNSCALED_BYTES_MAX, "has a number too long");
    var value = new BigDecimal(new BigInteger(unscaled.toByteArray()), number.getScale());
    require(JsonNumbers.inRange(value), "has a number out of range");
    return value;
  }

  private static Instant moment(Moment moment) {
    require(moment.getNanos() >= 0 && moment.getNanos() < 1_000_000_000, "has no moment");
    try {
      return Instant.ofEpochSecond(moment.getSeconds(), moment.getNanos());
    } catch (DateTimeException e) {
      throw invalid("has a moment out of range");
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw invalid(what);
    }
  }

  private static VecraftException invalid(String what) {
    return new VecraftException(ErrorCode.INVALID_ARGUMENT, "the filter " + what, "filter");
  }
}
