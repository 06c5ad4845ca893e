package io.vecraft.index.filter;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vecraft.index.filter.Filter.Operator;
import io.vecraft.index.filter.Filter.Value;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The rules of the contract, written down over a tree without any thought of speed. */
public final class ReferenceFilter {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
          .build();

  private ReferenceFilter() {}

  public static boolean matches(Filter filter, MetadataSchema schema, byte[] metadata) {
    try {
      return matches(filter, schema, MAPPER.readTree(metadata));
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean matches(Filter filter, MetadataSchema schema, JsonNode record) {
    return switch (filter) {
      case Filter.And and -> and.parts().stream().allMatch(p -> matches(p, schema, record));
      case Filter.Or or -> or.parts().stream().anyMatch(p -> matches(p, schema, record));
      case Filter.Not not -> !matches(not.part(), schema, record);
      case Filter.Exists exists -> field(record, exists.field()).isPresent();
      case Filter.Compare c ->
          elements(record, c.field()).stream()
              .anyMatch(v -> compares(v, c.operator(), c.value(), schema, c.field()));
      case Filter.In in ->
          elements(record, in.field()).stream()
              .anyMatch(v ->
                  in.values().stream()
                      .anyMatch(o -> compares(v, Operator.EQ, o, schema, in.field())));
    };
  }

  private static Optional<JsonNode> field(JsonNode record, FieldPath path) {
    JsonNode at = record;
    for (String key : path.keys()) {
      if (!at.isObject() || !at.has(key)) {
        return Optional.empty();
      }
      at = at.get(key);
    }
    return at.isNull() ? Optional.empty() : Optional.of(at);
  }

  private static List<JsonNode> elements(JsonNode record, FieldPath path) {
    List<JsonNode> elements = new ArrayList<>();
    field(record, path)
        .ifPresent(value -> {
          if (value.isArray()) {
            value.forEach(elements::add);
          } else {
            elements.add(value);
          }
        });
    return elements;
  }

  private static boolean compares(
      JsonNode value, Operator operator, Value operand, MetadataSchema schema, FieldPath field) {
    Optional<Integer> sign =
        switch (operand) {
          case Value.Num(BigDecimal number) ->
              value.isNumber()
                  ? Optional.of(value.decimalValue().compareTo(number))
                  : Optional.empty();
          case Value.Bool(boolean bool) ->
              value.isBoolean()
                  ? Optional.of(Boolean.compare(value.booleanValue(), bool))
                  : Optional.empty();
          case Value.Moment(java.time.Instant instant) ->
              value.isTextual()
                  ? time(value.textValue()).map(t -> t.compareTo(instant))
                  : Optional.empty();
          case Value.Text(String text) -> {
            if (!value.isTextual()) {
              yield Optional.empty();
            }
            Optional<java.time.Instant> a = time(value.textValue());
            Optional<java.time.Instant> b = time(text);
            boolean asTime =
                schema.fields().get(field) == FieldType.DATETIME && a.isPresent() && b.isPresent();
            yield Optional.of(
                asTime
                    ? a.get().compareTo(b.get())
                    : Arrays.compareUnsigned(
                        value.textValue().getBytes(StandardCharsets.UTF_8),
                        text.getBytes(StandardCharsets.UTF_8)));
          }
        };
    return sign.filter(s ->
            switch (operator) {
              case EQ -> s == 0;
              case LT -> s < 0;
              case LTE -> s <= 0;
              case GT -> s > 0;
              case GTE -> s >= 0;
            })
        .isPresent();
  }

  private static Optional<java.time.Instant> time(String text) {
    try {
      return text.length() < 20
          ? Optional.empty()
          : Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
