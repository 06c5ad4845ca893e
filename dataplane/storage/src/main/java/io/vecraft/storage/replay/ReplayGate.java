package io.vecraft.storage.replay;

import io.vecraft.journal.time.Deadline;

/**
 * A place where tests and benchmarks hold a replica back. Calls come with the partition's replay
 * lock not held by {@link #beforeBackground} and held by {@link #mayApply}; both may block, and
 * must be let go before the node is closed.
 */
public interface ReplayGate {
  /** Holds nothing back. */
  ReplayGate OPEN = new ReplayGate() {};

  /**
   * Before the background thread looks for new records of a DATA partition: blocking here makes the
   * replica lag until a reader pulls what is missing.
   */
  default void beforeBackground(int partition) throws InterruptedException {}

  /**
   * Before anything is applied, by whoever: blocking here makes the replica stand still. Must not
   * block beyond the deadline: whoever waits for this replica has others to turn to.
   *
   * @return whether it may be applied
   */
  default boolean mayApply(int partition, Deadline deadline) throws InterruptedException {
    return true;
  }
}
