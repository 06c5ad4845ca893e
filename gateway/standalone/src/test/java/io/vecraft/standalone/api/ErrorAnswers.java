package io.vecraft.standalone.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vecraft.error.ErrorCode;
import io.vecraft.standalone.api.RawHttp.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.regex.Pattern;

/** The shape that the contract gives to errors, and the state that a refused request leaves. */
final class ErrorAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern INTERNALS =
      Pattern.compile("Exception|\\bat [a-z]+(\\.\\w+)+\\(|io\\.vecraft|java\\.|armeria|jackson");

  private ErrorAnswers() {}

  /** Any field will do. */
  static final String ANY = "*";

  static JsonNode json(Response response) {
    try {
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(response.text(), e);
    }
  }

  /**
   * Holds an answer to the contract: status, code, field and everything that all errors have.
   *
   * @param field path of the field, empty for none
   */
  static void check(Response response, int status, String code, String field) {
    String shown = response.status() + " " + response.text();
    assertThat(response.status()).as(shown).isEqualTo(status);
    assertThat(response.header("content-type").orElse("")).startsWith("application/json");
    JsonNode error = json(response).path("error");
    assertThat(json(response).size()).as(shown).isEqualTo(1);
    assertThat(error.path("code").asText()).as(shown).isEqualTo(code);
    ErrorCode known = ErrorCode.of(code);
    assertThat(known.code()).as("a code of the closed list").isEqualTo(code);
    assertThat(known.httpStatus()).isEqualTo(status);
    if (!field.equals(ANY)) {
      assertThat(error.path("field").asText()).as(shown).isEqualTo(field);
    }
    error
        .fieldNames()
        .forEachRemaining(
            name -> assertThat(name).isIn(List.of("code", "message", "field", "request_id")));
    assertThat(error.path("message").asText()).as(shown).isNotBlank();
    assertThat(INTERNALS.matcher(response.text()).find()).as(shown).isFalse();
    assertThat(response.header("x-request-id")).as(shown).isPresent();
    assertThat(error.path("request_id").asText()).isEqualTo(response.header("x-request-id").get());
    if (status == 429 || status == 503) {
      assertThat(response.header("retry-after").orElse("")).as(shown).matches("[1-9][0-9]*");
    }
    if (status == 405) {
      assertThat(response.header("allow").orElse("")).as(shown).isNotEmpty();
    }
  }

  /** Records in the journal: what is refused adds none. */
  static long journaled(RawHttp http) {
    Response journal = http.send("GET", "/v1/journal", "");
    assertThat(journal.status()).as(journal.text()).isEqualTo(200);
    long records = 0;
    for (JsonNode partition : json(journal).path("partitions")) {
      records += partition.path("last_offset").asLong();
    }
    return records;
  }
}
