package io.vecraft.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventNoteTest {
  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "ä", "→", "😀"})
  void aNoteEndsWithTheLastCharacterThatFits(String character) {
    int fit = EventNote.BYTES_MAX / bytes(character);
    assertThat(EventNote.fitting(character.repeat(fit + 1))).isEqualTo(character.repeat(fit));
    assertThat(EventNote.fitting(character.repeat(fit))).isEqualTo(character.repeat(fit));
  }

  @Test
  void aCharacterAtTheLimitIsLeftOutAsAWhole() {
    String almost = "a".repeat(EventNote.BYTES_MAX - 3);
    assertThat(EventNote.fitting(almost + "😀b")).isEqualTo(almost);
    assertThat(EventNote.fitting(almost + "→b")).isEqualTo(almost + "→");
  }

  @Test
  void aShortNoteIsAsItWas() {
    assertThat(EventNote.fitting("")).isEmpty();
    assertThat(EventNote.fitting("it is ready")).isEqualTo("it is ready");
  }

  @Test
  void halfACharacterIsReplaced() {
    assertThat(EventNote.fitting("a\ud83db")).isEqualTo("a?b");
  }
}
