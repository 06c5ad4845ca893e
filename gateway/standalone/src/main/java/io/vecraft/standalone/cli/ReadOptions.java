package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How fresh a read must be. */
final class ReadOptions {
  /** The levels of the contract. */
  enum Level {
    EVENTUAL("eventual"),
    BOUNDED("bounded"),
    READ_YOUR_WRITES("read_your_writes"),
    STRONG("strong");

    private final String wireName;

    Level(String wireName) {
      this.wireName = wireName;
    }

    String wireName() {
      return wireName;
    }

    @Override
    public String toString() {
      return wireName;
    }
  }

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      description = "How fresh: ${COMPLETION-CANDIDATES}. The server's default is eventual.")
  Optional<Level> level = Optional.empty();

  @Option(
      names = "--max-staleness-ms",
      paramLabel = "MS",
      description = "The bound of level bounded, in milliseconds.")
  Optional<Long> maxStalenessMs = Optional.empty();

  @Option(
      names = "--as-of",
      paramLabel = "WHEN",
      description = "Read the past: a stamp (a version) or a time such as 2026-11-23T10:00:00Z.")
  Optional<String> asOf = Optional.empty();

  @Option(
      names = "--session-token",
      paramLabel = "TOKEN",
      description = "See at least what the answer that gave this token saw or wrote.")
  Optional<String> sessionToken = Optional.empty();

  /** Adds the level and the token as headers. */
  Api.Call headers(Api.Call call) {
    Api.Call result = call;
    if (level.isPresent()) {
      result = result.header("X-Consistency-Level", level.get().wireName());
    }
    if (maxStalenessMs.isPresent()) {
      result = result.header("X-Max-Staleness-Ms", Long.toString(maxStalenessMs.get()));
    }
    if (sessionToken.isPresent()) {
      result = result.header("X-Session-Token", sessionToken.get());
    }
    return result;
  }

  /** Adds the moment of a read of the past to a body. */
  void body(ObjectNode body) {
    asOf.ifPresent(when -> body.put("as_of", when));
  }

  /** The moment of a read of the past as a query, empty or starting with a question mark. */
  String query() {
    return asOf.map(when -> "?as_of=" + Api.encode(when)).orElse("");
  }
}
