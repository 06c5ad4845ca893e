package io.vecraft.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Stamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StampTextTest {
  @Test
  void aTimeMeansEverythingUpToAndIncludingItsMillisecond() {
    long stamp = StampText.parse("2026-11-23T10:00:00.123456Z", "as_of");
    assertThat(stamp).isEqualTo(Stamp.endOfMillis(1_795_428_000_123L));
    assertThat(StampText.parse("2026-11-23T12:00:00.123+02:00", "as_of")).isEqualTo(stamp);
  }

  @Test
  void aBeginningIsWantedItself() {
    assertThat(StampText.before("0", "from")).isZero();
    assertThat(StampText.before("42", "from")).isEqualTo(41);
    assertThat(StampText.before("2026-11-23T10:00:00.123Z", "from"))
        .isEqualTo(Stamp.endOfMillis(1_795_428_000_122L));
  }

  @Test
  void timesBeforeAndAfterAllStampsAreClamped() {
    assertThat(StampText.parse("1914-07-28T00:00:00Z", "as_of")).isEqualTo(Stamp.endOfMillis(0));
    assertThat(StampText.parse("9999-12-31T23:59:59Z", "as_of")).isEqualTo(Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-1",
        "+1",
        "1.5",
        "abc",
        "9223372036854775808",
        "99999999999999999999",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-13-01T00:00:00Z",
        "2026-11-23T25:00:00Z",
        "2026-11-23T10:00Z000000",
        "١٢٣"
      })
  void refusesTheRest(String text) {
    assertThatThrownBy(() -> StampText.parse(text, "as_of"))
        .isInstanceOf(VecraftException.class)
        .hasMessageContaining("not a stamp");
  }
}
