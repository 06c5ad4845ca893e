package io.vecraft.index.filter;

import io.vecraft.index.filter.Filter.Operator;
import io.vecraft.index.filter.Filter.Value;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random metadata and filters over few fields and values, so that they meet. */
public final class RandomFilters {
  public static final MetadataSchema SCHEMA =
      MetadataSchema.of(
          Map.of(
              "k", "keyword",
              "i", "integer",
              "f", "float",
              "b", "bool",
              "t", "datetime",
              "n.k", "keyword"));

  private static final List<String> FIELDS =
      List.of("k", "i", "f", "b", "t", "n.k", "n.i", "u", "n", "x\\.y");
  private static final List<String> TEXTS =
      List.of(
          "",
          "a",
          "b",
          "ab",
          "1",
          "true",
          "ä",
          "\uE000",
          "\uD83D\uDE00",
          "it's",
          "é\"\\\n",
          "2026-01-31T12:00:00Z",
          "2026-01-31T13:00:00+01:00",
          "2026-01-31T12:00:00.0000005Z",
          "2026-01-31T12:00:00.000000700Z",
          "2026-01-30T12:00:00Z",
          "2026-02-01");
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "-0.0",
          "1",
          "1.0",
          "2",
          "2.0",
          "2.5",
          "-1",
          "-2.5",
          "1e2",
          "100",
          "0.1",
          "0.30000000000000004",
          "0.3",
          "0.1000000000000000055511151231257827",
          "9007199254740992",
          "9007199254740993",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "-9223372036854775809",
          "12345678901234567890123",
          "1e400",
          "-1e400",
          "1e-400",
          "1E+2");

  private final Random random;

  public RandomFilters(long seed) {
    random = new Random(seed);
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** Metadata; with {@code typed}, only what {@link #SCHEMA} accepts. */
  public byte[] metadata(boolean typed) {
    List<String> parts = new ArrayList<>();
    for (String key : List.of("k", "i", "f", "b", "t", "u", "x.y")) {
      if (random.nextInt(3) > 0) {
        parts.add(quote(key) + ":" + field(typed ? key : "u"));
      }
    }
    switch (random.nextInt(3)) {
      case 0 ->
          parts.add(
              "\"n\":{\"k\":" + field(typed ? "k" : "u") + ",\"z\":1,\"i\":" + field("u") + "}");
      case 1 -> parts.add("\"n\":" + (typed ? "null" : field("u")));
      default -> {}
    }
    java.util.Collections.shuffle(parts, random);
    return ("{" + String.join(",", parts) + "}").getBytes(StandardCharsets.UTF_8);
  }

  private String field(String type) {
    return switch (random.nextInt(8)) {
      case 0 -> "null";
      case 1 -> "[]";
      case 2, 3 -> "[" + element(type) + "," + element(type) + ",null," + element(type) + "]";
      default -> element(type);
    };
  }

  private String element(String type) {
    return switch (type) {
      case "k" -> quote(any(TEXTS));
      case "t" -> quote(any(TEXTS.subList(11, 16)));
      case "i" ->
          any(
              List.of(
                  "0",
                  "-0",
                  "1",
                  "1.0",
                  "2",
                  "2.0",
                  "1e2",
                  "100",
                  "-1",
                  "-0.0",
                  "9007199254740993",
                  "9223372036854775807",
                  "-9223372036854775808"));
      case "f" -> any(NUMBERS.subList(0, 23));
      case "b" -> String.valueOf(random.nextBoolean());
      default ->
          switch (random.nextInt(8)) {
            case 0 -> "[1]";
            case 1 -> "{\"k\":1}";
            case 2, 3 -> any(NUMBERS);
            case 4 -> String.valueOf(random.nextBoolean());
            default -> quote(any(TEXTS));
          };
    };
  }

  /** A filter of at most that many levels. */
  public Filter filter(int depth) {
    if (depth > 1 && random.nextInt(3) > 0) {
      return switch (random.nextInt(3)) {
        case 0 -> new Filter.Not(filter(depth - 1));
        case 1 -> new Filter.And(List.of(filter(depth - 1), filter(depth - 1)));
        default -> new Filter.Or(List.of(filter(depth - 1), filter(depth - 1)));
      };
    }
    FieldPath field = FieldPath.parse(any(FIELDS));
    return switch (random.nextInt(6)) {
      case 0 -> new Filter.Exists(field);
      case 1 -> new Filter.In(field, List.of(value(), value(), value()));
      default -> new Filter.Compare(field, any(List.of(Operator.values())), value());
    };
  }

  private Value value() {
    return switch (random.nextInt(7)) {
      case 0 -> new Value.Bool(random.nextBoolean());
      case 1 ->
          new Value.Moment(
              Instant.parse("2026-01-31T12:00:00Z").plusNanos(any(List.of(0, 500, 700, 1000))));
      case 2, 3, 4 -> new Value.Num(new BigDecimal(any(NUMBERS)));
      default -> new Value.Text(any(TEXTS));
    };
  }

  /** The filter as JSON with operators. */
  public static String json(Filter filter) {
    return switch (filter) {
      case Filter.And(List<Filter> parts) -> "{\"$and\":[" + join(parts) + "]}";
      case Filter.Or(List<Filter> parts) -> "{\"$or\":[" + join(parts) + "]}";
      case Filter.Not(Filter part) -> "{\"$not\":" + json(part) + "}";
      case Filter.Exists(FieldPath field) -> field(field, "{\"$exists\":true}");
      case Filter.In in ->
          field(
              in.field(),
              "{\"$in\":["
                  + String.join(",", in.values().stream().map(RandomFilters::json).toList())
                  + "]}");
      case Filter.Compare c ->
          field(
              c.field(),
              "{\"$"
                  + c.operator().name().toLowerCase(java.util.Locale.ROOT)
                  + "\":"
                  + json(c.value())
                  + "}");
    };
  }

  private static String field(FieldPath field, String condition) {
    return "{" + quote(field.toString()) + ":" + condition + "}";
  }

  private static String join(List<Filter> parts) {
    return String.join(",", parts.stream().map(RandomFilters::json).toList());
  }

  private static String json(Value value) {
    return switch (value) {
      case Value.Text(String text) -> quote(text);
      case Value.Num(BigDecimal number) -> number.toString();
      case Value.Bool(boolean bool) -> String.valueOf(bool);
      case Value.Moment(Instant instant) -> "{\"$datetime\":\"" + instant + "\"}";
    };
  }

  /** The filter as text. */
  public static String sql(Filter filter) {
    return switch (filter) {
      case Filter.And(List<Filter> parts) ->
          String.join(" AND ", parts.stream().map(p -> "(" + sql(p) + ")").toList());
      case Filter.Or(List<Filter> parts) ->
          String.join(" OR ", parts.stream().map(p -> "(" + sql(p) + ")").toList());
      case Filter.Not(Filter part) -> "NOT (" + sql(part) + ")";
      case Filter.Exists(FieldPath field) -> name(field) + " IS NOT NULL";
      case Filter.In in ->
          name(in.field())
              + " IN ("
              + String.join(", ", in.values().stream().map(RandomFilters::sql).toList())
              + ")";
      case Filter.Compare c ->
          name(c.field())
              + switch (c.operator()) {
                case EQ -> " = ";
                case GT -> " > ";
                case GTE -> " >= ";
                case LT -> " < ";
                case LTE -> " <= ";
              }
              + sql(c.value());
    };
  }

  private static String name(FieldPath field) {
    return String.join(
        ".", field.keys().stream().map(k -> "\"" + k.replace("\"", "\"\"") + "\"").toList());
  }

  private static String sql(Value value) {
    return switch (value) {
      case Value.Text(String text) -> "'" + text.replace("'", "''") + "'";
      case Value.Num(BigDecimal number) -> number.toString();
      case Value.Bool(boolean bool) -> String.valueOf(bool);
      case Value.Moment(Instant instant) -> "DATETIME '" + instant + "'";
    };
  }

  static String quote(String text) {
    try {
      return new com.fasterxml.jackson.databind.ObjectMapper().writeValueAsString(text);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
