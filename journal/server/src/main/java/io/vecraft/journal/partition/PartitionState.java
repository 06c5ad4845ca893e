package io.vecraft.journal.partition;

import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Record;

/**
 * The state machine of a partition: a pure function of the proposals that it is given in order. Not
 * safe for concurrent use.
 */
public final class PartitionState {
  /** The state of an empty log. */
  public PartitionState(PartitionSettings settings) {}

  /** Decides an append and moves on. */
  public Decision decide(Append append, long proposedStamp) {
    throw new UnsupportedOperationException();
  }

  /** Takes in a record that was decided before. */
  public void restore(Record record) {
    throw new UnsupportedOperationException();
  }

  /** Closes everything up to {@code stamp}; returns the closed stamp, which may be larger. */
  public long closeAtLeast(long stamp) {
    throw new UnsupportedOperationException();
  }

  /** Offset of the last record, 0 for none. */
  public long lastOffset() {
    throw new UnsupportedOperationException();
  }

  /** Stamp of the last record, 0 for none. */
  public long lastStamp() {
    throw new UnsupportedOperationException();
  }

  /** Nothing at or below it will be decided any more. */
  public long closed() {
    throw new UnsupportedOperationException();
  }
}
