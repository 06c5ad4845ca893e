package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.VecraftException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class ScrollCursorTest {
  private final ScrollCursor cursor = new ScrollCursor(7, 123_456_789L, 42, -5, 3, "id/with ü");

  @Test
  void comesBackAsItWas() {
    assertThat(ScrollCursor.decode(cursor.encode())).isEqualTo(cursor);
  }

  @Test
  void everyFlippedBitIsNoticed() {
    byte[] bytes = Base64.getUrlDecoder().decode(cursor.encode());
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] damaged = bytes.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      String text = Base64.getUrlEncoder().withoutPadding().encodeToString(damaged);
      assertThatThrownBy(() -> ScrollCursor.decode(text)).isInstanceOf(VecraftException.class);
    }
  }

  @Test
  void anythingElseIsRefused() {
    for (String text : new String[] {"", "x", "!!!", "AAAA", "A".repeat(10_000)}) {
      assertThatThrownBy(() -> ScrollCursor.decode(text)).isInstanceOf(VecraftException.class);
    }
  }
}
