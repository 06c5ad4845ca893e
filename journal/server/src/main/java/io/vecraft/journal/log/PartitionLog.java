package io.vecraft.journal.log;

import io.vecraft.journal.segment.SegmentStore;

/** A log whose decided records are in segments on this node. Safe for concurrent use. */
public interface PartitionLog extends ReplicatedLog {

  /** The segments under the log. */
  SegmentStore store();

  /** The feature level in force. */
  int featureLevel();

  /** Stamp of the last decided record, 0 for none. */
  long lastStamp();

  /** How many requests are remembered. */
  int rememberedRequests();
}
