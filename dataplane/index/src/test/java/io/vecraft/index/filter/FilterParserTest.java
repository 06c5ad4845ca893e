package io.vecraft.index.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vecraft.index.filter.Filter.And;
import io.vecraft.index.filter.Filter.Compare;
import io.vecraft.index.filter.Filter.In;
import io.vecraft.index.filter.Filter.Not;
import io.vecraft.index.filter.Filter.Operator;
import io.vecraft.index.filter.Filter.Or;
import io.vecraft.index.filter.Filter.Value;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterParserTest {
  private static final FieldPath CATEGORY = new FieldPath(List.of("category"));
  private static final FieldPath YEAR = new FieldPath(List.of("year"));
  private static final FieldPath ACTIVE = new FieldPath(List.of("active"));

  private static Value num(String text) {
    return new Value.Num(new BigDecimal(text));
  }

  @Test
  void theExampleOfTheContractReadsTheSameInJsonAndText() {
    Filter expected =
        new And(
            List.of(
                new Compare(CATEGORY, Operator.EQ, new Value.Text("documents")),
                new Or(
                    List.of(
                        new Compare(YEAR, Operator.GTE, num("2020")),
                        new Not(new Compare(ACTIVE, Operator.EQ, new Value.Bool(true)))))));
    assertThat(FilterParser.fromSql("category = 'documents' AND (year >= 2020 OR NOT active)"))
        .isEqualTo(expected);
    assertThat(
            FilterParser.fromJson(
                """
                {"category":"documents","$or":[{"year":{"$gte":2020.0}},{"$not":{"active":true}}]}
                """))
        .isEqualTo(expected);
    assertThat(FilterParser.fromJson("\"category = 'documents' AND (year >= 2020 OR NOT active)\""))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1} | a = 1",
        "{\"a\":{\"$eq\":1}} | a = 1.00",
        "{\"a\":{\"$ne\":\"x\"}} | a != 'x'",
        "{\"a\":{\"$ne\":\"it's\"}} | a <> 'it''s'",
        "{\"a\":{\"$gt\":-1.5e3}} | a > -1500",
        "{\"a\":{\"$gte\":1}} | a>=1",
        "{\"a\":{\"$lt\":1}} | a<1",
        "{\"a\":{\"$lte\":1}} | a <= +1",
        "{\"a\":{\"$in\":[1,\"x\",true]}} | a IN (1, 'x', TRUE)",
        "{\"a\":{\"$nin\":[1]}} | a not in (1)",
        "{\"a\":{\"$exists\":true}} | a IS NOT NULL",
        "{\"a\":{\"$exists\":false}} | a is null",
        "{\"a.b\":1} | a.b = 1",
        "{\"a\\\\.b\":1} | a\\.b = 1",
        "{\"a\\\\.b\":1} | \"a.b\" = 1",
        "{\"a b.c\":1} | \"a b\".c = 1",
        "{\"a\":{\"$gt\":1,\"$lt\":5}} | a > 1 AND a < 5",
        "{\"$and\":[{\"a\":1},{\"$or\":[{\"b\":2},{\"c\":3}]}]} | a = 1 AND (b = 2 OR c = 3)",
        "{\"$or\":[{\"$and\":[{\"a\":1},{\"b\":2}]},{\"c\":3}]} | a = 1 AND b = 2 OR c = 3",
        "{\"$not\":{\"$not\":{\"a\":false}}} | NOT NOT a = FALSE",
        "{\"a\":{\"$not\":{\"$gt\":5}}} | NOT a > 5",
        "{\"t\":{\"$gte\":{\"$datetime\":\"2026-01-31T12:00:00Z\"}}} | t >= DATETIME '2026-01-31T13:00:00+01:00'",
        "{\"t\":{\"$datetime\":\"2026-01-31T12:00:00Z\"}} | t = datetime '2026-01-31T12:00:00Z'",
        "{\"datetime\":\"x\"} | datetime = 'x'",
        "{\"größe\":1} | größe = 1",
        "{\"a\":12345678901234567890123} | a = 12345678901234567890123",
      })
  void jsonAndTextReadTheSame(String json, String sql) {
    assertThat(FilterParser.fromJson(json)).isEqualTo(FilterParser.fromSql(sql));
  }

  @Test
  void anEmptyObjectMatchesEverything() {
    assertThat(FilterParser.fromJson("{}")).isEqualTo(Filter.ALL);
    assertThat(FilterParser.fromTextMap(Map.of())).isEqualTo(Filter.ALL);
  }

  @Test
  void aTextMapMeansTheTextOrWhatItSpells() {
    assertThat(FilterParser.fromTextMap(Map.of("category", "documents")))
        .isEqualTo(FilterParser.fromSql("category = 'documents'"));
    assertThat(FilterParser.fromTextMap(Map.of("year", "2020")))
        .isEqualTo(new In(YEAR, List.of(new Value.Text("2020"), num("2020"))));
    assertThat(FilterParser.fromTextMap(Map.of("active", "true")))
        .isEqualTo(new In(ACTIVE, List.of(new Value.Text("true"), new Value.Bool(true))));
    assertThat(FilterParser.fromTextMap(Map.of("year", "007")))
        .isEqualTo(new Compare(YEAR, Operator.EQ, new Value.Text("007")));
    assertThat(FilterParser.fromTextMap(Map.of("year", "1e99999999999")))
        .isEqualTo(new Compare(YEAR, Operator.EQ, new Value.Text("1e99999999999")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | line 1, column 1",
        "category = | line 1, column 11",
        "category = 'x | line 1, column 12",
        "a = 1 AND | line 1, column 10",
        "a = 1 OR (b = 2 | line 1, column 16",
        "a = 1) | line 1, column 6",
        "a == 1 | line 1, column 4",
        "a = b | line 1, column 5",
        "a = NULL | line 1, column 5",
        "a IN () | line 1, column 7",
        "a IN (1, NULL) | line 1, column 10",
        "a = 1 b = 2 | line 1, column 7",
        "5 = a | line 1, column 1",
        "a = 1; DROP TABLE x | line 1, column 6",
        "a.. = 1 | line 1, column 3",
        "a = DATETIME '2026-13-01T00:00:00Z' | line 1, column 5",
        "a = 1e99999 | line 1, column 5",
        "a LIKE 'x' | line 1, column 3",
      })
  void textErrorsNameLineAndColumn(String sql, String position) {
    FilterException error =
        catchThrowableOfType(FilterException.class, () -> FilterParser.fromSql(sql));
    assertThat(error).isNotNull();
    assertThat(error.position()).isEqualTo(position);
  }

  @Test
  void textErrorsCountLines() {
    assertThatThrownBy(() -> FilterParser.fromSql("a = 1\n  AND ?"))
        .hasMessage("unexpected ? at line 2, column 7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | ``",
        "5 | ``",
        "null | ``",
        "{\"$foo\":1} | $foo",
        "{\"a\":{\"$foo\":1}} | a.$foo",
        "{\"a\":{\"$gt\":null}} | a.$gt",
        "{\"a\":null} | a",
        "{\"a\":[1]} | a",
        "{\"a\":{}} | a",
        "{\"a\":{\"b\":1}} | a.b",
        "{\"a\":{\"$in\":1}} | a.$in",
        "{\"a\":{\"$in\":[1,[2]]}} | a.$in[1]",
        "{\"a\":{\"$in\":[null]}} | a.$in[0]",
        "{\"a\":{\"$exists\":1}} | a.$exists",
        "{\"$and\":[]} | $and",
        "{\"$or\":{\"a\":1}} | $or",
        "{\"$and\":[{\"a\":1},{\"b\":{\"$gt\":[]}}]} | $and[1].b.$gt",
        "{\"$not\":[{\"a\":1}]} | $not",
        "{\"\":1} | ``",
        "{\"a..b\":1} | a..b",
        "{\"a\\\\b\":1} | a\\b",
        "{\"a\":{\"$datetime\":\"yesterday\"}} | a.$datetime",
        "{\"a\":{\"$datetime\":5}} | a",
        "{\"a\":{\"$gt\":{\"$datetime\":\"2026-01-01T00:00:00Z\",\"x\":1}}} | a.$gt",
        "{\"a\":\"\\ud800\"} | a",
      })
  void jsonErrorsNameThePath(String json, String position) {
    FilterException error =
        catchThrowableOfType(FilterException.class, () -> FilterParser.fromJson(json));
    assertThat(error).isNotNull();
    assertThat(error.position()).isEqualTo(position);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"a\":1,\"a\":2}", "{\"a\":1} x", "{\"a\":NaN}", "{'a':1}"})
  void whatIsNotJsonIsRefused(String json) {
    assertThatThrownBy(() -> FilterParser.fromJson(json)).isInstanceOf(FilterException.class);
  }

  @Test
  void depthIsLimitedInBothForms() {
    assertThat(FilterParser.fromSql("(".repeat(31) + "a = 1" + ")".repeat(31))).isNotNull();
    assertThat(FilterParser.fromSql("NOT ".repeat(31) + "a = 1")).isNotNull();
    for (String sql :
        List.of(
            "(".repeat(33) + "a = 1" + ")".repeat(33),
            "NOT ".repeat(33) + "a = 1",
            "NOT (".repeat(20) + "a = 1" + ")".repeat(20),
            "(".repeat(500_000),
            "NOT ".repeat(200_000))) {
      assertThatThrownBy(() -> FilterParser.fromSql(sql))
          .isInstanceOf(FilterException.class)
          .hasMessageContaining("nests deeper than 32");
    }
    String json = "{\"$not\":".repeat(40) + "{\"a\":1}" + "}".repeat(40);
    assertThatThrownBy(() -> FilterParser.fromJson(json))
        .isInstanceOf(FilterException.class)
        .hasMessageContaining("nests deeper than 32");
  }

  @Test
  void conditionsAndListsAreLimited() {
    assertThatThrownBy(() -> FilterParser.fromSql("a = 1" + " OR a = 1".repeat(1_000)))
        .isInstanceOf(FilterException.class)
        .hasMessageContaining("more than 1000 conditions");
    String tenThousand = "1" + ",1".repeat(9_999);
    assertThat(FilterParser.fromSql("a IN (" + tenThousand + ")"))
        .isEqualTo(FilterParser.fromJson("{\"a\":{\"$in\":[" + tenThousand + "]}}"));
    for (Runnable call :
        List.<Runnable>of(
            () -> FilterParser.fromSql("a IN (" + tenThousand + ",1)"),
            () -> FilterParser.fromJson("{\"a\":{\"$in\":[" + tenThousand + ",1]}}"))) {
      assertThatThrownBy(call::run)
          .isInstanceOf(FilterException.class)
          .hasMessageContaining("at most 10000");
    }
  }

  @Test
  void pathsSurviveTheirTextForm() {
    FieldPath path = new FieldPath(List.of("a.b", "c\\d", "e"));
    assertThat(path.toString()).isEqualTo("a\\.b.c\\\\d.e");
    assertThat(FieldPath.parse(path.toString())).isEqualTo(path);
  }
}
