package io.vecraft.journal.time;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The quorum clock as its callers see it: the only source of stamps and of the S of a strong read.
 *
 * <p>What it guarantees together with the rules of its callers: an operation acknowledged before
 * another began has the smaller stamp, on any partitions, whatever the machines' clocks do.
 *
 * <p>Implementations are safe for concurrent use.
 */
public interface StampClock {

  /**
   * One round of the rule "ask": a stamp (slot 0) above every value that a majority had adopted
   * when the round was sent, and not below the lower median of their machine times. A caller joins
   * only a round that has not been sent. Fails with {@code unavailable} without a majority.
   */
  CompletableFuture<Long> ask();

  /**
   * The rule "store": completes once a majority has adopted {@code stamp}. To be called before
   * anybody is told of a write with that stamp, and before a strong read uses it as its S.
   */
  CompletableFuture<Void> store(long stamp);

  /**
   * The S of a strong read: not below any stamp that was acknowledged before the call, and adopted
   * by a majority when it is answered. The rules "ask" and "store" one after the other do it; where
   * the members asked agree on a value, that is one, with no second round. It may be behind the
   * machines' time, as far as nothing was stamped since. Fails as {@link #ask}.
   */
  default CompletableFuture<Long> agreed() {
    return ask().thenCompose(stamp -> store(stamp).thenApply(stored -> stamp));
  }

  /**
   * What the members of the clock group show, those that answer; for people and alarms, never for
   * stamps.
   */
  CompletableFuture<List<ClockReading>> readings();

  /** The largest stamp that this process knows to be adopted; never goes back; no round. */
  long latest();

  /**
   * A value that the clock has come to, as far as this process has heard: {@link #latest}, or what
   * its own member of the group has adopted, be it in a round that has not met a majority yet.
   * Tells a stamp that the clock gave from one that is ahead of it; nobody may be told of a write
   * by it. No round.
   */
  default long heard() {
    return latest();
  }
}
