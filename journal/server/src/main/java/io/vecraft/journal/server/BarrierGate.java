package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.ReplicatedLog;
import io.vecraft.journal.time.StampClock;
import java.util.concurrent.CompletableFuture;

/**
 * The barrier of a partition. It closes the partition at no stamp that is ahead of the clock: that
 * would push records above it. Whoever asks has stored the stamp, so that this node's member of the
 * clock group has most often adopted it already, and no round is needed to know. Safe for
 * concurrent use.
 */
public final class BarrierGate {
  private final ReplicatedLog log;
  private final StampClock clock;

  public BarrierGate(ReplicatedLog log, StampClock clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * Answers from the state after an entry that was committed after this call began.
   *
   * @param stamp the partition is closed at least up to here; 0 closes nothing. One that no clock
   *     can have given fails with {@code stamp_in_future}
   */
  public CompletableFuture<Position> close(long stamp) {
    return stamp >= 0 && stamp <= clock.heard()
        ? log.barrier(stamp)
        : clock.ask().thenCompose(now -> adopt(stamp, now)).thenCompose(done -> log.barrier(stamp));
  }

  private CompletableFuture<Void> adopt(long stamp, long now) {
    if (!Admission.plausible(stamp, now)) {
      return CompletableFuture.failedFuture(
          new VecraftException(
              ErrorCode.STAMP_IN_FUTURE,
              "close_at_least " + Long.toUnsignedString(stamp) + " is above the clock",
              "close_at_least"));
    }
    return clock.store(stamp);
  }
}
