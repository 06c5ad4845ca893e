package io.vecraft.journal.time;

import java.util.concurrent.CompletableFuture;

/**
 * One member of the clock group, in this process or behind a transport.
 *
 * <p>Every future completes: with an answer, or exceptionally when the member cannot be reached
 * within the transport's deadline. A call that failed may have had its effect all the same. Safe
 * for concurrent use.
 */
public interface ClockMember {

  /** Name of the member; one that lost its durable memory comes back under another name. */
  String name();

  /** The member's value and machine time. */
  CompletableFuture<ClockAnswer> ask(long epoch);

  /** The member adopts {@code stamp}: its value is at least that from then on. */
  CompletableFuture<ClockAnswer> advance(long epoch, long stamp);

  /**
   * The member swears, durably, not to answer in {@code epoch} any more; its final value comes
   * back. Idempotent.
   */
  CompletableFuture<ClockAnswer> seal(long epoch);

  /**
   * The member joins, durably, the group of {@code epoch}, with a value of at least {@code floor}.
   * Idempotent; refused when it is in a later epoch already.
   */
  CompletableFuture<ClockAnswer> install(long epoch, long floor);
}
