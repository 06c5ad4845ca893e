package io.vecraft.operator.status;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** The sentence of an Event: Kubernetes refuses one that has more bytes than it takes. */
final class EventNote {
  /** In UTF-8. */
  static final int BYTES_MAX = 1_024;

  private EventNote() {}

  /** As much of a text as fits, with no character cut in two. */
  static String fitting(String text) {
    ByteBuffer room = ByteBuffer.allocate(BYTES_MAX);
    var encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    // It ends at the last character that fits as a whole, which is all that is asked of it.
    var unused = encoder.encode(CharBuffer.wrap(text), room, true);
    return StandardCharsets.UTF_8.decode(room.flip()).toString();
  }
}
