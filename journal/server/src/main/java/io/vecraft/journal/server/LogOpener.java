package io.vecraft.journal.server;

import io.vecraft.journal.log.PartitionLog;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.SegmentSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;

/** The kind of log that a journal's partitions have. */
interface LogOpener extends AutoCloseable {

  /** The identity of a directory that has none yet. */
  ClusterIdentity newIdentity();

  /** Checks the identity that was found in a directory. */
  ClusterIdentity check(ClusterIdentity found);

  /**
   * The partitions that are to be opened here.
   *
   * @param made those that the journal was made with
   */
  default Set<Integer> held(Collection<Integer> made) {
    return Set.copyOf(made);
  }

  /** Opens the log of a partition, recovering it. */
  PartitionLog open(SegmentSettings segments, PartitionSettings partition);

  /** All partitions are open, {@code stamp} is the largest in them, 0 for none. */
  void opened(long stamp);

  /** How soon after a message tails are told of closed stamps that moved without records. */
  Duration closesToldAfter();

  /** Hands over what others can take, before the logs are closed in order. */
  default void drain() {}

  /** Ends what the logs have in common; they are closed already, or never were all opened. */
  @Override
  void close();
}
