package io.vecraft.journal.partition;

import io.vecraft.error.ErrorCode;
import io.vecraft.proto.journal.Record;
import java.util.List;

/** What became of one append; the same on every replica. */
public sealed interface Decision {

  /**
   * In the log.
   *
   * @param collectionId of a collection that the record made, else 0
   * @param requests what is remembered of its request, nothing if it has no id; unmodifiable
   */
  record Accepted(Record record, long collectionId, List<RequestEntry> requests)
      implements Decision {}

  /**
   * A retry; nothing was added.
   *
   * @param offset of the first time, or where another partition has handed the request over
   * @param stamp of the first time
   * @param collectionId of a collection that the first time made and that still exists, else 0
   */
  record Duplicate(long offset, long stamp, long collectionId) implements Decision {}

  /** Certainly not in the log. */
  record Rejected(ErrorCode code, String message, String field) implements Decision {}
}
