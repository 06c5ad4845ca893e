package io.vecraft.journal.log;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.proto.journal.RememberedRequest;
import java.util.List;
import java.util.Optional;

/** A log whose decided records are in segments on this node. Safe for concurrent use. */
public interface PartitionLog extends ReplicatedLog {

  /**
   * Why entries would certainly be refused if they came now, {@code not_leader} above all; empty if
   * they may be proposed.
   */
  Optional<VecraftException> refusal();

  /** The segments under the log. */
  SegmentStore store();

  /** The feature level in force. */
  int featureLevel();

  /** Stamp of the last decided record, 0 for none. */
  long lastStamp();

  /** How many requests are remembered. */
  int rememberedRequests();

  /** Those of the requests that are not remembered. */
  List<RememberedRequest> unknown(List<RememberedRequest> requests);
}
