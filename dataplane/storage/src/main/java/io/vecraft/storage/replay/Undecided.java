package io.vecraft.storage.replay;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.proto.journal.Record;

/**
 * A transaction that holds a frontier back until its outcome is in the log.
 *
 * @param transaction its record in TRANSACTION
 * @param catalog as of just below its stamp
 */
public record Undecided(Record transaction, Catalog catalog) {
  public long stamp() {
    return transaction.getStamp();
  }
}
