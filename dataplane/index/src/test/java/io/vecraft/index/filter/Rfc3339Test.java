package io.vecraft.index.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
  @Test
  void readsTheFormsOfTheStandard() {
    Instant noon = Instant.parse("2026-01-31T12:00:00Z");
    assertThat(Rfc3339.parse("2026-01-31T12:00:00Z")).contains(noon);
    assertThat(Rfc3339.parse("2026-01-31t12:00:00z")).contains(noon);
    assertThat(Rfc3339.parse("2026-01-31 12:00:00Z")).contains(noon);
    assertThat(Rfc3339.parse("2026-01-31T13:30:00+01:30")).contains(noon);
    assertThat(Rfc3339.parse("2026-01-31T12:00:00-00:00")).contains(noon);
    assertThat(Rfc3339.parse("2026-01-31T12:00:00.000000001Z")).contains(noon.plusNanos(1));
    assertThat(Rfc3339.parse("2026-01-31T12:00:00.0000000019Z")).contains(noon.plusNanos(1));
    assertThat(Rfc3339.parse("2026-01-31T11:59:60Z")).contains(noon);
    assertThat(Rfc3339.parse("0000-01-01T00:00:00Z")).isPresent();
    assertThat(Rfc3339.parse("9999-12-31T23:59:59.999-23:59")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2026",
        "2026-01-31",
        "2026-01-31T12:00Z",
        "2026-01-31T12:00:00",
        "2026-02-29T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:61Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00+1:00",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00Zx",
        "x026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.123",
      })
  void refusesAllElse(String text) {
    assertThat(Rfc3339.parse(text)).isEmpty();
  }

  @Property(tries = 500)
  void agreesWithTheClassLibrary(
      @ForAll @LongRange(min = -62_167_219_200L, max = 253_402_300_799L) long seconds,
      @ForAll @IntRange(max = 999_999_999) int nanos,
      @ForAll @IntRange(min = -1439, max = 1439) int offset) {
    Instant instant = Instant.ofEpochSecond(seconds, nanos);
    OffsetDateTime local =
        instant.atOffset(ZoneOffset.ofTotalSeconds(Math.clamp(offset, -1080, 1080) * 60));
    if (local.getYear() >= 0 && local.getYear() <= 9999) {
      String text =
          java.time.format.DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSSxxx")
              .format(local);
      assertThat(Rfc3339.parse(text)).contains(instant);
    }
  }
}
