package io.vecraft.index.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterMatcherTest {
  private static boolean matches(String sql, String metadata) {
    return matches(sql, metadata, MetadataSchema.EMPTY);
  }

  private static boolean matches(String sql, String metadata, MetadataSchema schema) {
    return FilterMatcher.of(FilterParser.fromSql(sql), schema)
        .matches(metadata.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // missing and null
        "a = 1 | {} | false",
        "a = 1 | `` | false",
        "a != 1 | {} | true",
        "a != 1 | {\"a\":null} | true",
        "a NOT IN (1) | {} | true",
        "NOT a > 1 | {} | true",
        "a IN (1) | {\"a\":null} | false",
        "a IS NULL | {\"a\":null} | true",
        "a IS NULL | {} | true",
        "a IS NOT NULL | {\"a\":[]} | true",
        "a IS NOT NULL | {\"a\":[null]} | true",
        "a IS NOT NULL | {\"a\":{}} | true",
        // types
        "a = 2 | {\"a\":2.0} | true",
        "a = 2 | {\"a\":20e-1} | true",
        "a = 2 | {\"a\":\"2\"} | false",
        "a > 1 | {\"a\":\"2\"} | false",
        "a = 'true' | {\"a\":true} | false",
        "a = true | {\"a\":true} | true",
        "a = 1 | {\"a\":true} | false",
        "a != 2 | {\"a\":\"2\"} | true",
        "a >= 'b' | {\"a\":\"c\"} | true",
        "a = 9007199254740993 | {\"a\":9007199254740992} | false",
        "a = 9223372036854775808 | {\"a\":9223372036854775808} | true",
        "a > 9223372036854775807 | {\"a\":9223372036854775808} | true",
        "a = 0.1 | {\"a\":0.1000000000000000055511151231257827} | false",
        "a = 0 | {\"a\":-0.0} | true",
        // arrays
        "a = 2 | {\"a\":[1,2]} | true",
        "a != 2 | {\"a\":[1,2]} | false",
        "a != 3 | {\"a\":[1,2]} | true",
        "a > 1 AND a < 2 | {\"a\":[0,3]} | true",
        "a NOT IN (2) | {\"a\":[1,2]} | false",
        "a = 2 | {\"a\":[[2]]} | false",
        "a != 2 | {\"a\":[]} | true",
        // nested
        "a.b = 1 | {\"a\":{\"b\":1}} | true",
        "a.b = 1 | {\"a.b\":1} | false",
        "a\\.b = 1 | {\"a.b\":1} | true",
        "a.b = 1 | {\"a\":[{\"b\":1}]} | false",
        "a IS NOT NULL AND a.b = 1 | {\"a\":{\"b\":1}} | true",
        "a = 1 | {\"z\":{\"a\":1},\"a\":1} | true",
        "a = 1 | {\"z\":{\"a\":1}} | false",
        // moments
        "a = DATETIME '2026-01-31T12:00:00Z' | {\"a\":\"2026-01-31T13:00:00+01:00\"} | true",
        "a = '2026-01-31T12:00:00Z' | {\"a\":\"2026-01-31T13:00:00+01:00\"} | false",
        "a > DATETIME '2026-01-31T12:00:00Z' | {\"a\":\"zzz\"} | false",
        "a != DATETIME '2026-01-31T12:00:00Z' | {\"a\":5} | true",
      })
  void followsTheTableOfTheContract(String sql, String metadata, boolean expected) {
    assertThat(matches(sql, metadata)).isEqualTo(expected);
  }

  @Test
  void aDeclaredDatetimeComparesTextsAsTime() {
    MetadataSchema schema = MetadataSchema.of(Map.of("a", "datetime"));
    String evening = "{\"a\":\"2026-01-31T23:00:00-05:00\"}";
    assertThat(matches("a > '2026-02-01T00:00:00Z'", evening, schema)).isTrue();
    assertThat(matches("a > '2026-02-01T00:00:00Z'", evening)).isFalse();
    assertThat(matches("a IN ('2026-02-01T04:00:00Z')", evening, schema)).isTrue();
    assertThat(matches("a > '2026-01'", evening, schema)).isTrue();
  }

  @Test
  void agreesWithTheReference() {
    long seed = Long.getLong("vecraft.seed", new Random().nextLong());
    System.out.println("FilterMatcherTest vecraft.seed=" + seed);
    RandomFilters random = new RandomFilters(seed);
    List<byte[]> records =
        java.util.stream.IntStream.range(0, 300)
            .mapToObj(i -> random.metadata(i % 2 == 0))
            .toList();
    int hits = 0;
    for (int i = 0; i < 400; i++) {
      Filter filter = random.filter(4);
      MetadataSchema schema = i % 2 == 0 ? RandomFilters.SCHEMA : MetadataSchema.EMPTY;
      FilterMatcher matcher = FilterMatcher.of(filter, schema);
      for (byte[] record : records) {
        boolean expected = ReferenceFilter.matches(filter, schema, record);
        assertThat(matcher.matches(record))
            .as("%s on %s", RandomFilters.sql(filter), new String(record, StandardCharsets.UTF_8))
            .isEqualTo(expected);
        hits += expected ? 1 : 0;
      }
    }
    assertThat(hits).isBetween(10_000, 110_000);
  }

  @Test
  void theFormsAgree() {
    long seed = Long.getLong("vecraft.seed", new Random().nextLong());
    System.out.println("FilterMatcherTest vecraft.seed=" + seed);
    RandomFilters random = new RandomFilters(seed);
    for (int i = 0; i < 1_000; i++) {
      Filter filter = random.filter(4);
      assertThat(FilterParser.fromJson(RandomFilters.json(filter))).isEqualTo(filter);
      assertThat(FilterParser.fromSql(RandomFilters.sql(filter))).isEqualTo(filter);
    }
  }
}
