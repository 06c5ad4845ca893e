package io.vecraft.storage.replay;

/**
 * A place where tests and benchmarks hold a replica back. Calls come with the partition's replay
 * lock not held by {@link #beforeBackground} and held by {@link #beforeApply}; both may block, and
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

  /** Before anything is applied, by whoever: blocking here makes the replica stand still. */
  default void beforeApply(int partition) throws InterruptedException {}
}
