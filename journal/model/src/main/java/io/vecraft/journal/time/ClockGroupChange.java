package io.vecraft.journal.time;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.ClockRound.Outcome;
import java.util.concurrent.CompletableFuture;

/**
 * A change of the clock group's members, in the order that makes it safe:
 *
 * <ol>
 *   <li>{@link #seal}: a majority of the old group swears not to answer in its epoch any more. The
 *       largest of their final values is the floor: no stamp above it was ever stored in the epoch,
 *       and none will be.
 *   <li>The caller writes the new group with its floor to the SYSTEM log. Where two changes race
 *       the log picks one; the floors of both are good.
 *   <li>{@link #install}: members of the new group answer from then on, at or above the floor.
 *   <li>Every process {@linkplain QuorumClock#enter enters} the group when it reads the log.
 * </ol>
 *
 * <p>Each step may be repeated, by anybody.
 */
public final class ClockGroupChange {
  private ClockGroupChange() {}

  /** Seals a majority of {@code old}; the floor of its successor. */
  public static CompletableFuture<Long> seal(ClockGroup old) {
    return ClockRound.run(old, member -> member.seal(old.epoch()))
        .thenCompose(outcome ->
            switch (outcome) {
              case Outcome.Majority m ->
                  CompletableFuture.completedFuture(
                      m.answers().stream().mapToLong(ClockAnswer::value).max().orElseThrow());
              case Outcome.None n -> failed(old, n, "sealed");
            });
  }

  /** Installs {@code group} with its floor; completes once a majority of it answers. */
  public static CompletableFuture<Void> install(ClockGroup group, long floor) {
    return ClockRound.run(group, member -> member.install(group.epoch(), floor))
        .thenCompose(outcome ->
            switch (outcome) {
              case Outcome.Majority m -> CompletableFuture.completedFuture(null);
              case Outcome.None n -> failed(group, n, "installed");
            });
  }

  private static <T> CompletableFuture<T> failed(ClockGroup g, Outcome.None n, String what) {
    return CompletableFuture.failedFuture(
        new VecraftException(
            ErrorCode.UNAVAILABLE,
            "epoch %d of the clock group could not be %s: %d of %d members did, %d are needed"
                .formatted(g.epoch(), what, n.answered(), g.members().size(), g.majority())));
  }
}
