package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Answers of the server as text for people. */
final class Texts {
  /** The low bits of a stamp that are not milliseconds: 11 of counter, 8 of slot. */
  private static final int STAMP_LOGICAL_BITS = 19;

  private Texts() {}

  /** The elements of an array with commas between them. */
  static String join(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return String.join(",", texts);
  }

  /** The time that a stamp holds, to the millisecond. */
  static String time(String stamp) {
    if (!stamp.matches("[0-9]{1,19}")) {
      return "";
    }
    return Instant.ofEpochMilli(Long.parseLong(stamp) >>> STAMP_LOGICAL_BITS)
        .truncatedTo(ChronoUnit.MILLIS)
        .toString();
  }

  /** Metadata on one line of at most {@code length} characters; empty when there is none. */
  static String metadata(JsonNode metadata, int length) {
    if (metadata.isMissingNode() || metadata.isNull() || metadata.isEmpty()) {
      return "";
    }
    return Output.brief(metadata.toString(), length);
  }
}
