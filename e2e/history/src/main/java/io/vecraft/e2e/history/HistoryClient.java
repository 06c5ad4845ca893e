package io.vecraft.e2e.history;

import io.vecraft.e2e.history.Op.Level;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Writes and reads over one of the interfaces. Safe for concurrent use. */
interface HistoryClient extends AutoCloseable {
  /** What a writer was told. */
  sealed interface Told {
    /** Of each change. */
    record Done(List<Part> parts, String token) implements Told {}

    /** Nothing was applied: a condition did not hold. */
    record NoEffect(String token) implements Told {}

    /**
     * It is to be asked again.
     *
     * @param why nothing is known
     */
    record Unknown(String why) implements Told {}
  }

  /**
   * One change.
   *
   * @param stamp of the write
   * @param applied whether its condition held
   */
  record Part(long stamp, boolean applied) {}

  /**
   * A read.
   *
   * @param ids all others of the collection are of no interest
   * @param search by an exact search for everything, else by ids
   */
  record Look(String collection, List<String> ids, Level level, boolean search) {}

  /** What a reader was told. */
  sealed interface Answer {
    /** What was seen; an error of the test where nothing was. */
    default Seen seen() {
      return switch (this) {
        case Seen seen -> seen;
        case Unanswered(String why) -> throw new AssertionError("not answered: " + why);
      };
    }
  }

  /**
   * What a reader saw.
   *
   * @param records by id
   */
  record Seen(Map<String, Stored> records, long asOf, String token) implements Answer {}

  /** The server could not in time. */
  record Unanswered(String why) implements Answer {}

  /** A record as it was read. */
  record Stored(int value, long version) {}

  /**
   * A write: a transaction if {@code atomic}; else several upserts, or one change of any kind.
   *
   * @param token of the session; empty without one
   */
  Told write(String requestId, String token, List<Change> changes, boolean atomic)
      throws IOException;

  /** A read in the session of the token; outside of any where it is empty. */
  Answer read(Look look, String token) throws IOException;

  @Override
  void close();
}
