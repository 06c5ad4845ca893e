package io.vecraft.journal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SessionTokenTest {
  private static final String CLUSTER = "6f0c2a7e-0000-4000-8000-000000000001";

  @Test
  void comesBackAsItWas() {
    long seed = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println("seed " + seed + " (-Dvecraft.seed)");
    var random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      long incarnation = 1 + random.nextLong(Long.MAX_VALUE);
      var token = SessionToken.of(CLUSTER, incarnation, random.nextLong(Long.MAX_VALUE));
      assertThat(token.text()).hasSize(SessionToken.TEXT_LENGTH).matches("[A-Za-z0-9_-]+");
      assertThat(SessionToken.parse(token.text(), CLUSTER, incarnation)).isEqualTo(token);
    }
  }

  @Test
  void everyOtherTextIsInvalid() {
    String text = SessionToken.of(CLUSTER, 1, 12345).text();
    for (int i = 0; i < text.length(); i++) {
      for (char c : "AB9_-+/=.\u00e9\u0000".toCharArray()) {
        if (text.charAt(i) != c) {
          invalid(text.substring(0, i) + c + text.substring(i + 1));
        }
      }
      invalid(text.substring(0, i));
    }
    invalid(text + "A");
    invalid("");
    invalid("\ud83d\ude00".repeat(17));
    assertThatThrownBy(() -> SessionToken.parse(text, "another", 1))
        .hasMessageContaining("another cluster");
  }

  @Test
  void aTokenOfAnotherIncarnationIsNamedAsThat() {
    String text = SessionToken.of(CLUSTER, 1, 12345).text();
    assertThat(code(text, 2)).isEqualTo(ErrorCode.INCARNATION_CHANGED);
  }

  private static void invalid(String text) {
    assertThat(code(text, 1)).as(text).isEqualTo(ErrorCode.INVALID_TOKEN);
  }

  private static ErrorCode code(String text, long incarnation) {
    try {
      SessionToken.parse(text, CLUSTER, incarnation);
    } catch (VecraftException e) {
      return e.code();
    }
    throw new AssertionError("accepted: " + text);
  }
}
