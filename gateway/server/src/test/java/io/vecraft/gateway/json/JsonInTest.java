package io.vecraft.gateway.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonInTest {
  private static final JsonIn.Factory JSON = new JsonIn.Factory(16, 1_000);
  private static final Fields FIELDS = Fields.of("Test", "name", "numbers", "flag", "count", "raw");

  private record Parsed(String name, float[] numbers, boolean flag, long count, String raw) {}

  private static <T> T read(String json, Function<JsonIn, T> reader) {
    try (JsonIn in = JSON.read(json.getBytes(StandardCharsets.UTF_8))) {
      T value = reader.apply(in);
      in.end();
      return value;
    }
  }

  private static Parsed parse(String json) {
    return read(
        json,
        in -> {
          String name = "";
          float[] numbers = new float[0];
          boolean flag = false;
          long count = 0;
          String raw = "";
          in.object(FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            switch (field) {
              case 0 -> name = in.text();
              case 1 ->
                  numbers =
                      in.floats(
                          8,
                          path ->
                              new VecraftException(ErrorCode.LIMIT_EXCEEDED, "more than 8", path));
              case 2 -> flag = in.bool();
              case 3 -> count = in.integer(-5, 5);
              default -> raw = new String(in.raw(), StandardCharsets.UTF_8);
            }
          }
          return new Parsed(name, numbers, flag, count, raw);
        });
  }

  @Test
  void readsWhatIsThere() {
    Parsed parsed =
        parse("{\"count\":-5,\"name\":\"ä\\u00e4\",\"numbers\":[1,2.5,-3e2],\"flag\":true}");
    assertThat(parsed.name()).isEqualTo("ää");
    assertThat(parsed.numbers()).containsExactly(1f, 2.5f, -300f);
    assertThat(parsed.flag()).isTrue();
    assertThat(parsed.count()).isEqualTo(-5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}",
        "[]",
        "{\"a\":{\"b\":[1,\"x\"]}}",
        "\"te\\\"xt\"",
        "-12.50e3",
        "true",
        "null",
        "[{},[[]]]",
      })
  void takesRawValuesAsTheyCame(String value) {
    assertThat(parse("{ \"raw\" :  " + value + "  , \"count\":1}").raw()).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | malformed_json | ``",
        "` ` | malformed_json | ``",
        "nope | malformed_json | ``",
        "{ | malformed_json | ``",
        "{\"name\" | malformed_json | name",
        "{\"name\":\"x\"} 1 | malformed_json | ``",
        "{\"name\":\"x\",} | malformed_json | name",
        "{'name':1} | malformed_json | ``",
        "{\"numbers\":[NaN]} | malformed_json | numbers[0]",
        "{\"numbers\":[1,Infinity]} | malformed_json | numbers[1]",
        "{\"numbers\":[01]} | malformed_json | numbers[0]",
        "[] | invalid_argument | ``",
        "1 | invalid_argument | ``",
        "null | invalid_argument | ``",
        "{\"other\":1} | unknown_field | other",
        "{\"name\":1} | invalid_argument | name",
        "{\"name\":null} | invalid_argument | name",
        "{\"name\":{}} | invalid_argument | name",
        "{\"name\":\"x\",\"name\":\"x\"} | invalid_argument | name",
        "{\"name\":\"\\ud800\"} | invalid_argument | name",
        "{\"name\":\"\\udc00\\ud800\"} | invalid_argument | name",
        "{\"numbers\":1} | invalid_argument | numbers",
        "{\"numbers\":[\"1\"]} | invalid_argument | numbers[0]",
        "{\"numbers\":[1,null]} | invalid_argument | numbers[1]",
        "{\"numbers\":[[1]]} | invalid_argument | numbers[0]",
        "{\"numbers\":[1,1e39]} | invalid_vector | numbers[1]",
        "{\"numbers\":[-1e39]} | invalid_vector | numbers[0]",
        "{\"numbers\":[1e999999999]} | invalid_vector | numbers[0]",
        "{\"numbers\":[1,2,3,4,5,6,7,8,9]} | limit_exceeded | numbers",
        "{\"flag\":\"true\"} | invalid_argument | flag",
        "{\"flag\":0} | invalid_argument | flag",
        "{\"count\":6} | invalid_argument | count",
        "{\"count\":1.0} | invalid_argument | count",
        "{\"count\":99999999999999999999} | invalid_argument | count",
        "{\"raw\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]} | limit_exceeded | *",
      })
  void refusesWithCodeAndPath(String json, String code, String field) {
    VecraftException e = catchThrowableOfType(VecraftException.class, () -> parse(json));
    assertThat(e).as(json).isNotNull();
    assertThat(e.code()).as(e.reason()).isEqualTo(ErrorCode.of(code));
    assertThat(e.code().httpStatus()).isEqualTo(400);
    assertThat(e.reason()).doesNotContain("Feature", "Source");
    if (!field.equals("*")) {
      assertThat(e.field().orElse("")).isEqualTo(field);
    }
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] body = {'{', '"', 'n', 'a', 'm', 'e', '"', ':', '"', (byte) 0xC3, 0x28, '"', '}'};
    VecraftException e =
        catchThrowableOfType(
            VecraftException.class,
            () -> {
              try (JsonIn in = JSON.read(body)) {
                in.object(FIELDS);
                in.field();
                in.text();
              }
            });
    assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_JSON);
  }

  @Property(tries = 300)
  void everyFloatComesBackAsItself(@ForAll @Size(max = 8) float[] values) {
    float[] finite = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      finite[i] = Float.isFinite(values[i]) ? values[i] : 0;
    }
    String shortest = Arrays.toString(finite);
    assertThat(parse("{\"numbers\":" + shortest + "}").numbers()).containsExactly(finite);
    // A double's digits name the same float: there is one rounding, not two.
    String exact =
        java.util.stream.IntStream.range(0, finite.length)
            .mapToObj(i -> new BigDecimal(finite[i]).toPlainString())
            .collect(Collectors.joining(",", "[", "]"));
    assertThat(parse("{\"numbers\":" + exact + "}").numbers())
        .usingComparatorWithPrecision(0f)
        .containsExactly(finite);
  }

  @Property(tries = 300)
  void everyDecimalIsRoundedOnceToTheNearestFloat(@ForAll double value) {
    if (!Float.isFinite((float) value) || !Double.isFinite(value)) {
      return;
    }
    String text = BigDecimal.valueOf(value).toString();
    assertThat(parse("{\"numbers\":[" + text + "]}").numbers()[0])
        .isEqualTo(Float.parseFloat(text));
  }
}
