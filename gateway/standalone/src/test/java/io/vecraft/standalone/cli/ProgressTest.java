package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void nothingIsPrintedForShortWork() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(printed, true, StandardCharsets.UTF_8);
    try (Progress progress = new Progress(err, true, "records", OptionalLong.of(10))) {
      progress.add(10);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void durationsAreReadable() {
    assertThat(Progress.duration(5)).isEqualTo("5s");
    assertThat(Progress.duration(190)).isEqualTo("3m10s");
    assertThat(Progress.duration(3_900)).isEqualTo("1h05m");
  }
}
