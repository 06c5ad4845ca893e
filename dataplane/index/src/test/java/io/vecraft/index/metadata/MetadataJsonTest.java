package io.vecraft.index.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vecraft.index.filter.MetadataSchema;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataJsonTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String canonical(String json) {
    return new String(MetadataJson.canonical(bytes(json)), StandardCharsets.UTF_8);
  }

  @Test
  void givesOneFormAndKeepsNumbersAsTheyAre() {
    assertThat(
            canonical(
                " { \"b\" : [1.0, 1E5,12345678901234567890, null, {\"d\":1,\"c\":{}}],\n"
                    + "\"a\":\"\\u00e4\\/\\n\\u0001\" } "))
        .isEqualTo(
            "{\"a\":\"ä/\\n\\u0001\",\"b\":[1.0,1E5,12345678901234567890,null,{\"c\":{},\"d\":1}]}");
    assertThat(canonical("")).isEqualTo("{}");
    assertThat(canonical("{\"\\ud83d\\ude00\":\"\\u0000\"}"))
        .isEqualTo("{\"\uD83D\uDE00\":\"\\u0000\"}");
    String once = canonical("{\"z\":[[],[{}]],\"y\":-0.0}");
    assertThat(canonical(once)).isEqualTo(once);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "1",
        "null",
        "\"x\"",
        "{",
        "{\"a\":1}x",
        "{\"a\":1}{}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":01}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":[1,]}",
        "{\"a\"",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":[1",
        "// x\n{}",
        "{\"\\udc00\":1}",
        " "
      })
  void refusesWhatIsNotAJsonObject(String json) {
    MetadataException error =
        catchThrowableOfType(MetadataException.class, () -> MetadataJson.canonical(bytes(json)));
    assertThat(error).isNotNull();
    assertThat(error.kind()).isEqualTo(MetadataException.Kind.MALFORMED);
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] latin = "{\"a\":\"ä\"}".getBytes(StandardCharsets.ISO_8859_1);
    byte[] utf16 = "{\"a\":1}".getBytes(StandardCharsets.UTF_16BE);
    for (byte[] json : new byte[][] {latin, utf16}) {
      assertThatThrownBy(() -> MetadataJson.canonical(json)).isInstanceOf(MetadataException.class);
    }
  }

  @Test
  void limitsSizeDepthAndNumbers() {
    assertThat(MetadataJson.canonical(bytes("{\"a\":1}"), 7)).hasSize(7);
    assertThat(MetadataJson.canonical(bytes("{ \"a\" : 1 }"), 7)).hasSize(7);
    assertThat(canonical("{\"a\":".repeat(32) + "1" + "}".repeat(32))).isNotEmpty();
    for (String json :
        new String[] {
          "{\"a\":\"" + "x".repeat(MetadataJson.BYTES_MAX) + "\"}",
          "{\"a\":" + " ".repeat(7 * MetadataJson.BYTES_MAX) + "1}",
          "{\"a\":".repeat(33) + "1" + "}".repeat(33),
          "{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}",
          "{\"a\":" + "1".repeat(1_001) + "}",
          "{\"a\":1e10001}",
          "{\"a\":1e99999999999}"
        }) {
      MetadataException error =
          catchThrowableOfType(MetadataException.class, () -> MetadataJson.canonical(bytes(json)));
      assertThat(error).as(json.substring(0, Math.min(20, json.length()))).isNotNull();
      assertThat(error.kind()).isEqualTo(MetadataException.Kind.LIMIT);
    }
    assertThatThrownBy(() ->
            MetadataJson.canonical(
                bytes("{\"a\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}")))
        .isInstanceOf(MetadataException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1,\"b\":2} | {\"b\":3,\"c\":4} | {\"a\":1,\"b\":3,\"c\":4}",
        "{\"a\":1,\"b\":2} | {\"a\":null} | {\"b\":2}",
        "{\"a\":{\"x\":1}} | {\"a\":{\"y\":null}} | {\"a\":{\"y\":null}}",
        "{\"a\":1} | {} | {\"a\":1}",
        "`` | {\"a\":null,\"b\":1} | {\"b\":1}",
        "{\"a\":1} | `` | {\"a\":1}",
        "{\"n\":1.00} | {\"s\":\"null\"} | {\"n\":1.00,\"s\":\"null\"}",
      })
  void mergesAtTheTopLevel(String base, String patch, String expected) {
    assertThat(MetadataJson.merge(bytes(base), bytes(patch), 1_000).map(String::new))
        .isEqualTo(Optional.of(expected));
  }

  @Test
  void aMergeBeyondTheLimitHasNoResult() {
    assertThat(MetadataJson.merge(bytes("{\"a\":1}"), bytes("{\"b\":1}"), 12)).isEmpty();
    assertThat(MetadataJson.merge(bytes("{\"a\":1}"), bytes("{\"b\":1}"), 13)).isPresent();
  }

  @Test
  void theSchemaRefusesOtherTypesAndNamesTheField() {
    SchemaValidator validator =
        SchemaValidator.of(
            MetadataSchema.of(
                Map.of(
                    "k",
                    "keyword",
                    "i",
                    "integer",
                    "f",
                    "float",
                    "b",
                    "bool",
                    "t",
                    "datetime",
                    "n.k",
                    "keyword")));
    for (String good :
        new String[] {
          "{}",
          "",
          "{\"other\":{\"x\":[[1]]}}",
          "{\"k\":\"x\",\"i\":2.0,\"f\":1,\"b\":true}",
          "{\"k\":[\"x\",null],\"i\":[],\"f\":[1,2.5],\"t\":\"2026-01-31T12:00:00Z\"}",
          "{\"k\":null,\"n\":5}",
          "{\"n\":{\"k\":\"x\"}}",
          "{\"i\":-9223372036854775808}",
          "{\"f\":12345678901234567890}",
          "{\"f\":1e-400}"
        }) {
      validator.check(bytes(good));
    }
    Map<String, String> bad =
        Map.ofEntries(
            Map.entry("{\"k\":5}", "k"),
            Map.entry("{\"k\":[\"x\",5]}", "k"),
            Map.entry("{\"k\":{}}", "k"),
            Map.entry("{\"k\":[[\"x\"]]}", "k"),
            Map.entry("{\"i\":2.5}", "i"),
            Map.entry("{\"i\":9223372036854775808}", "i"),
            Map.entry("{\"i\":\"2\"}", "i"),
            Map.entry("{\"f\":1e400}", "f"),
            Map.entry("{\"f\":true}", "f"),
            Map.entry("{\"b\":0}", "b"),
            Map.entry("{\"b\":\"true\"}", "b"),
            Map.entry("{\"t\":\"2026-01-31\"}", "t"),
            Map.entry("{\"t\":5}", "t"),
            Map.entry("{\"n\":{\"k\":1}}", "n.k"));
    bad.forEach((json, field) -> {
      MetadataException error =
          catchThrowableOfType(MetadataException.class, () -> validator.check(bytes(json)));
      assertThat(error).as(json).isNotNull();
      assertThat(error.kind()).isEqualTo(MetadataException.Kind.SCHEMA);
      assertThat(error.field()).isEqualTo(field);
      assertThat(error.getMessage()).contains("field " + field + " is declared ");
    });
  }
}
