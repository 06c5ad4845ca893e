package io.vecraft.index.filter;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.index.filter.Filter.Compare;
import io.vecraft.index.filter.Filter.Exists;
import io.vecraft.index.filter.Filter.In;
import io.vecraft.index.filter.Filter.Not;
import io.vecraft.index.filter.Filter.Operator;
import io.vecraft.index.filter.Filter.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads one filter from JSON with {@code $} operators. */
final class JsonFilterReader {
  private final FilterBudget budget = new FilterBudget();

  Filter read(JsonNode json) {
    return condition(json, "", 1);
  }

  private Filter condition(JsonNode json, String at, int depth) {
    if (!json.isObject()) {
      throw new FilterException("a condition is an object, not " + kind(json), at);
    }
    budget.node(depth, at);
    List<Filter> parts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      String key = entry.getKey();
      String here = at.isEmpty() ? key : at + "." + key;
      JsonNode value = entry.getValue();
      switch (key) {
        case "$and" -> parts.add(Filters.and(conditions(value, here, depth + 1)));
        case "$or" -> parts.add(Filters.or(conditions(value, here, depth + 1)));
        case "$not" -> parts.add(new Not(condition(value, here, depth + 1)));
        default -> {
          if (key.startsWith("$")) {
            throw new FilterException("unknown operator " + FilterBudget.shortened(key), here);
          }
          parts.add(field(FilterBudget.field(key, here), value, here, depth + 1));
        }
      }
    }
    return Filters.and(parts);
  }

  private List<Filter> conditions(JsonNode json, String at, int depth) {
    if (!json.isArray() || json.isEmpty()) {
      throw new FilterException("it needs an array of at least one condition", at);
    }
    List<Filter> parts = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      parts.add(condition(json.get(i), at + "[" + i + "]", depth));
    }
    return parts;
  }

  private Filter field(FieldPath field, JsonNode json, String at, int depth) {
    if (!json.isObject() || json.has("$datetime")) {
      budget.node(depth, at);
      return new Compare(field, Operator.EQ, value(json, at));
    }
    if (json.isEmpty()) {
      throw new FilterException("it needs a value or an operator like $eq", at);
    }
    List<Filter> parts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      String here = at + "." + entry.getKey();
      budget.node(depth, here);
      parts.add(operator(field, entry.getKey(), entry.getValue(), here, depth));
    }
    return Filters.and(parts);
  }

  private Filter operator(FieldPath field, String operator, JsonNode json, String at, int depth) {
    return switch (operator) {
      case "$eq" -> new Compare(field, Operator.EQ, value(json, at));
      case "$ne" -> new Not(new Compare(field, Operator.EQ, value(json, at)));
      case "$gt" -> new Compare(field, Operator.GT, value(json, at));
      case "$gte" -> new Compare(field, Operator.GTE, value(json, at));
      case "$lt" -> new Compare(field, Operator.LT, value(json, at));
      case "$lte" -> new Compare(field, Operator.LTE, value(json, at));
      case "$in" -> new In(field, values(json, at));
      case "$nin" -> new Not(new In(field, values(json, at)));
      case "$not" -> {
        if (!json.isObject() || json.has("$datetime")) {
          throw new FilterException("it needs an object of operators", at);
        }
        yield new Not(field(field, json, at, depth + 1));
      }
      case "$exists" -> {
        if (!json.isBoolean()) {
          throw new FilterException("it needs true or false, not " + kind(json), at);
        }
        yield json.booleanValue() ? new Exists(field) : new Not(new Exists(field));
      }
      default ->
          throw new FilterException(
              operator.startsWith("$")
                  ? "unknown operator " + FilterBudget.shortened(operator)
                  : "a field inside an object is named with a dot, as in a.b",
              at);
    };
  }

  private List<Value> values(JsonNode json, String at) {
    if (!json.isArray()) {
      throw new FilterException("it needs an array, not " + kind(json), at);
    }
    budget.values(json.size(), at);
    List<Value> values = new ArrayList<>(json.size());
    for (int i = 0; i < json.size(); i++) {
      values.add(value(json.get(i), at + "[" + i + "]"));
    }
    return values;
  }

  private Value value(JsonNode json, String at) {
    return switch (json.getNodeType()) {
      case STRING -> budget.text(json.textValue(), at);
      case BOOLEAN -> new Value.Bool(json.booleanValue());
      case NUMBER -> {
        if (json.isFloatingPointNumber()
            && !Double.isFinite(json.doubleValue())
            && !json.isBigDecimal()) {
          throw new FilterException("a number must be finite", at);
        }
        yield FilterBudget.number(json.decimalValue(), at);
      }
      case NULL ->
          throw new FilterException(
              "no comparison matches null; {\"$exists\":false} asks for missing or null", at);
      case OBJECT -> {
        JsonNode moment = json.path("$datetime");
        if (json.size() != 1 || !moment.isTextual()) {
          throw new FilterException(
              "a value is a text, a number, a boolean or {\"$datetime\":\"...\"}", at);
        }
        yield FilterBudget.moment(moment.textValue(), at + ".$datetime");
      }
      default ->
          throw new FilterException(
              "a value is a text, a number, a boolean or {\"$datetime\":\"...\"}, not "
                  + kind(json),
              at);
    };
  }

  private static String kind(JsonNode json) {
    return switch (json.getNodeType()) {
      case ARRAY -> "an array";
      case BOOLEAN -> "a boolean";
      case NUMBER -> "a number";
      case OBJECT, POJO -> "an object";
      case STRING, BINARY -> "a text";
      case NULL, MISSING -> "null";
    };
  }
}
