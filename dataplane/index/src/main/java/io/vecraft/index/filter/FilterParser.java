package io.vecraft.index.filter;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vecraft.index.filter.Filter.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads filters in their three forms. Stateless.
 *
 * <p>Limits: {@value FilterBudget#DEPTH_MAX} levels, {@value FilterBudget#NODES_MAX} conditions,
 * {@value FilterBudget#IN_VALUES_MAX} values in a list, {@value FilterBudget#TEXT_CHARS_MAX}
 * characters of text; a number has at most 1,000 digits and an exponent up to 10,000.
 */
public final class FilterParser {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final Pattern JSON_NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  private FilterParser() {}

  /**
   * Reads the value of {@code filters}: an object with the operators {@code $eq $ne $gt $gte $lt
   * $lte $in $nin $exists $and $or $not}, or a text as for {@link #fromSql}. The caller refuses
   * keys that are there twice and reads fractions as big decimals.
   *
   * @throws FilterException when it is not one, or a limit is passed
   */
  public static Filter fromJson(JsonNode json) {
    return json.isTextual() ? fromSql(json.textValue()) : new JsonFilterReader().read(json);
  }

  /**
   * As {@link #fromJson(JsonNode)}, from JSON text.
   *
   * @throws FilterException also when the text is not JSON or has a key twice
   */
  public static Filter fromJson(String json) {
    if (json.length() > 2 * FilterBudget.TEXT_CHARS_MAX) {
      throw new FilterException(
          "the filter has more than " + 2 * FilterBudget.TEXT_CHARS_MAX + " characters", "");
    }
    JsonNode tree;
    try {
      tree = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      JsonLocation location = e.getLocation();
      throw new FilterException(
          "the filter is not JSON: " + e.getOriginalMessage(),
          location == null
              ? ""
              : "line " + location.getLineNr() + ", column " + location.getColumnNr());
    }
    return fromJson(tree);
  }

  /**
   * Reads a condition like {@code category = 'documents' AND (year >= 2020 OR NOT active)}.
   *
   * <p>{@code = != <> < <= > >= [NOT] IN (...), IS [NOT] NULL, AND, OR, NOT} and parentheses; NOT
   * binds strongest, then AND. Texts stand in single quotes (doubled inside), {@code DATETIME
   * '...'} is a moment. A field alone asks whether it is true; names that are not words stand in
   * double quotes and are taken as they are, dots included.
   *
   * @throws FilterException with line and column
   */
  public static Filter fromSql(String text) {
    return new SqlFilterReader().read(text);
  }

  /**
   * Reads a map of texts: each field equals the text, or the number or boolean that the text
   * spells; all must.
   *
   * @throws FilterException names the key
   */
  public static Filter fromTextMap(Map<String, String> map) {
    FilterBudget budget = new FilterBudget();
    budget.node(1, "");
    List<Filter> parts = new ArrayList<>();
    map.forEach((name, text) -> {
      budget.node(2, name);
      List<Value> values = new ArrayList<>();
      values.add(budget.text(text, name));
      if (text.equals("true") || text.equals("false")) {
        values.add(new Value.Bool(text.equals("true")));
      } else if (JSON_NUMBER.matcher(text).matches()) {
        JsonNumbers.parse(text).ifPresent(number -> values.add(new Value.Num(number)));
      }
      FieldPath field = FilterBudget.field(name, name);
      parts.add(
          values.size() == 1
              ? new Filter.Compare(field, Filter.Operator.EQ, values.getFirst())
              : new Filter.In(field, values));
    });
    return Filters.and(parts);
  }
}
