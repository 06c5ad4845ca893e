package io.vecraft.journal.time;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.ClockRound.Outcome;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * A change of the clock group's members, in the order that makes it safe:
 *
 * <ol>
 *   <li>The new group is written to the SYSTEM log, while the old one still answers. Where two
 *       changes race the log picks one. Every process {@linkplain QuorumClock#expect expects} the
 *       group when it reads of it, and goes on with the old one for as long as that answers.
 *   <li>{@link #seal}: a majority of the old group swears not to answer in its epoch any more. The
 *       largest of their final values is a floor: no stamp above it was ever stored in the epoch,
 *       and none will be.
 *   <li>{@link #install}: members of the new group answer from then on, at or above the floor.
 * </ol>
 *
 * <p>{@link #carryThrough} does the last two. It may be repeated, by anybody: whoever finds a
 * member that answers in the new epoch has a floor in its value, as that was installed with one;
 * else a majority of the old group is still to be had. Floors may differ, all are good. The floor
 * itself need not be in the log: it is in the members, and cannot be lost without a majority of
 * them.
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

  /**
   * Seals {@code old} and installs {@code next}, wherever others have got with it before; completes
   * once a majority of {@code next} answers.
   *
   * @param next the group that the SYSTEM log names after {@code old}
   */
  public static CompletableFuture<Void> carryThrough(ClockGroup old, ClockGroup next) {
    return valueOfAny(next)
        .thenCompose(known ->
            known.isPresent() ? CompletableFuture.completedFuture(known.getAsLong()) : seal(old))
        .thenCompose(floor -> install(next, floor));
  }

  /** The largest value that a member answers with in the epoch of its group; empty if none does. */
  private static CompletableFuture<OptionalLong> valueOfAny(ClockGroup group) {
    List<CompletableFuture<OptionalLong>> asked =
        group.members().stream()
            .map(member ->
                member
                    .ask(group.epoch())
                    .handle((answer, failure) ->
                        failure != null || answer.refused() || answer.epoch() != group.epoch()
                            ? OptionalLong.empty()
                            : OptionalLong.of(answer.value())))
            .toList();
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(all ->
            asked.stream().map(CompletableFuture::join).flatMapToLong(OptionalLong::stream).max());
  }

  private static <T> CompletableFuture<T> failed(ClockGroup g, Outcome.None n, String what) {
    return CompletableFuture.failedFuture(
        new VecraftException(
            ErrorCode.UNAVAILABLE,
            "epoch %d of the clock group could not be %s: %d of %d members did, %d are needed"
                .formatted(g.epoch(), what, n.answered(), g.members().size(), g.majority())));
  }
}
