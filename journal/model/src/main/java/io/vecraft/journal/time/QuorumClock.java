package io.vecraft.journal.time;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.ClockRound.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * The clock that stamps come from: one value, kept by a majority of the clock group.
 *
 * <ol>
 *   <li><b>Ask</b>: a majority is asked; the stamp is above the largest value answered and not
 *       below the lower median of the machine times answered, so that one fast or slow machine
 *       moves nothing.
 *   <li><b>Store</b>: a majority adopts a stamp before anybody is told of what carries it.
 *   <li><b>Agree</b>: a value that all of a majority show is adopted by a majority, and none that
 *       was acknowledged before is above it, as any two majorities share a member. A strong read
 *       reads at it; where they differ, at a stamp that was asked for and stored.
 *   <li><b>Restart</b> and <b>change of members</b> are the members' part: {@link ClockMemberState}
 *       and {@link ClockGroupChange}. A round that meets a change is sent again in the new epoch.
 * </ol>
 *
 * <p>Any two majorities share a member, so whoever asks after a stamp was stored gets a larger one.
 * Rounds are shared: one of each kind is under way, and callers that come meanwhile share the next
 * one; nobody joins a round that has been sent. In a group that is this process alone a round is a
 * method call.
 *
 * <p>Safe for concurrent use. Futures may complete on a transport's thread.
 */
public final class QuorumClock implements StampClock {
  /** Machine clocks further apart than this are an alarm, never an error, unless said otherwise. */
  public static final Duration MAX_OFFSET = Duration.ofMillis(500);

  /**
   * Milliseconds that a stamp of this clock may be above what it answers: one further above was
   * never given. Decisions of partitions depend on it, so that it is the same everywhere, for good.
   */
  public static final long AHEAD_MAX_MILLIS = 500;

  /** How often a round is sent again while the group is being changed, and for how long. */
  private static final int TRIES_WHILE_CHANGING = 200;

  private static final long NANOS_WHILE_CHANGING = TimeUnit.SECONDS.toNanos(6);

  private static final long PAUSE_WHILE_CHANGING_MS = 20;

  private final AtomicReference<ClockGroup> group;
  private final AtomicReference<Optional<ClockGroup>> expected =
      new AtomicReference<>(Optional.empty());

  private final long maxOffsetMillis;
  private final Supplier<CompletableFuture<Void>> pause;
  private final LongConsumer alarm;
  private final AtomicLong latest = new AtomicLong();
  private final AtomicLong spreadMillis = new AtomicLong();
  private final SharedRounds<Long> asks;
  private final SharedRounds<Long> stores;
  private final SharedRounds<Long> agreements;

  /**
   * A clock over a group.
   *
   * @param alarm told the distance in milliseconds whenever a round saw machine clocks further
   *     apart than {@link #MAX_OFFSET}
   */
  public QuorumClock(ClockGroup group, LongConsumer alarm) {
    this(group, MAX_OFFSET, alarm);
  }

  /**
   * The same.
   *
   * @param maxOffset in place of {@link #MAX_OFFSET}
   */
  public QuorumClock(ClockGroup group, Duration maxOffset, LongConsumer alarm) {
    this(group, maxOffset, alarm, QuorumClock::pause);
  }

  /**
   * The same.
   *
   * @param pause what is waited for before a round is sent again to a group that is not installed
   *     yet
   */
  public QuorumClock(
      ClockGroup group,
      Duration maxOffset,
      LongConsumer alarm,
      Supplier<CompletableFuture<Void>> pause) {
    this.maxOffsetMillis = maxOffset.toMillis();
    this.pause = pause;
    this.group = new AtomicReference<>(group);
    this.alarm = alarm;
    this.asks = new SharedRounds<>(unused -> askRound(this.group.get(), Attempt.first()));
    this.stores =
        new SharedRounds<>(stamp ->
            storeRound(this.group.get(), stamp, Attempt.first()).thenApply(unused -> stamp));
    this.agreements = new SharedRounds<>(unused -> agreementRound());
  }

  private static CompletableFuture<Void> pause() {
    return CompletableFuture.runAsync(
        () -> {},
        CompletableFuture.delayedExecutor(PAUSE_WHILE_CHANGING_MS, TimeUnit.MILLISECONDS));
  }

  /** The clock of a cluster that is this process alone. */
  public static QuorumClock single(ClockBound bound, MachineTime machine) {
    var member = new LocalClockMember("local", bound, machine, r -> Thread.ofVirtual().start(r));
    if (member.epoch() == 0) {
      member.install(1, 0).join();
    }
    var clock = new QuorumClock(new ClockGroup(member.epoch(), List.of(member)), unused -> {});
    clock.latest.set(member.value());
    return clock;
  }

  @Override
  public CompletableFuture<Long> ask() {
    ClockGroup g = group.get();
    Optional<LocalClockMember> alone = alone(g);
    if (alone.isPresent()) {
      ClockAnswer answer = alone.get().askNow(g.epoch());
      if (!answer.refused()) {
        long stamp = ClockRound.stampOf(List.of(answer));
        alone.get().expect(g.epoch(), stamp);
        return CompletableFuture.completedFuture(stamp);
      }
    }
    return asks.join(0L, Math::max);
  }

  @Override
  public CompletableFuture<Void> store(long stamp) {
    if (stamp <= latest.get()) {
      return CompletableFuture.completedFuture(null);
    }
    ClockGroup g = group.get();
    Optional<LocalClockMember> alone = alone(g);
    if (alone.isPresent()) {
      try {
        if (!alone.get().advanceNow(g.epoch(), stamp).refused()) {
          adopted(stamp);
          return CompletableFuture.completedFuture(null);
        }
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    return stores.join(stamp, Math::max).thenAccept(unused -> {});
  }

  @Override
  public CompletableFuture<Long> agreed() {
    return alone(group.get()).isPresent()
        ? StampClock.super.agreed()
        : agreements.join(0L, Math::max);
  }

  private CompletableFuture<Long> agreementRound() {
    return answersOf(group.get(), Attempt.first())
        .thenCompose(answers -> {
          OptionalLong value = ClockRound.agreedBy(answers);
          if (value.isPresent()) {
            adopted(value.getAsLong());
            return CompletableFuture.completedFuture(value.getAsLong());
          }
          long stamp = ClockRound.stampOf(answers);
          return store(stamp).thenApply(stored -> stamp);
        });
  }

  @Override
  public CompletableFuture<List<ClockReading>> readings() {
    ClockGroup g = group.get();
    List<CompletableFuture<Optional<ClockReading>>> asked =
        g.members().stream().map(member -> reading(member, g.epoch())).toList();
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(
            all -> asked.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList());
  }

  /** Nothing when the member does not answer, or not in that epoch. */
  private static CompletableFuture<Optional<ClockReading>> reading(ClockMember member, long epoch) {
    return member
        .ask(epoch)
        .handle((answer, failure) ->
            failure != null || answer.refused()
                ? Optional.empty()
                : Optional.of(
                    new ClockReading(
                        member.name(), epoch, answer.value(), answer.machineMillis())));
  }

  @Override
  public long latest() {
    return latest.get();
  }

  @Override
  public long heard() {
    long heard = latest.get();
    for (ClockMember member : group.get().members()) {
      if (member instanceof LocalClockMember own) {
        heard = Math.max(heard, own.value());
      }
    }
    return heard;
  }

  /** Distance of the machine clocks in the newest round that heard of several, milliseconds. */
  public long spreadMillis() {
    return spreadMillis.get();
  }

  /** The group that rounds are sent to. */
  public ClockGroup group() {
    return group.get();
  }

  /** Goes on with a group that answers; an older one than the known is ignored. */
  public void enter(ClockGroup newer) {
    group.accumulateAndGet(newer, (a, b) -> b.epoch() > a.epoch() ? b : a);
  }

  /**
   * Takes note of a group that the SYSTEM log names, which may not be installed yet: it is asked
   * when the group in force does not answer, and entered once it has answered itself. An older one
   * than the known is ignored.
   */
  public void expect(ClockGroup newer) {
    expected.accumulateAndGet(
        Optional.of(newer),
        (a, b) -> a.isPresent() && a.get().epoch() >= b.orElseThrow().epoch() ? a : b);
  }

  /**
   * A round that is sent, perhaps again.
   *
   * @param number from 1
   * @param beganNanos when the first one was
   */
  private record Attempt(int number, long beganNanos) {
    static Attempt first() {
      return new Attempt(1, System.nanoTime());
    }

    Attempt next() {
      return new Attempt(number + 1, beganNanos);
    }

    boolean last() {
      return number >= TRIES_WHILE_CHANGING
          || System.nanoTime() - beganNanos > NANOS_WHILE_CHANGING;
    }
  }

  private CompletableFuture<Long> askRound(ClockGroup g, Attempt attempt) {
    return answersOf(g, attempt).thenApply(ClockRound::stampOf);
  }

  private CompletableFuture<List<ClockAnswer>> answersOf(ClockGroup g, Attempt attempt) {
    return ClockRound.run(g, member -> member.ask(g.epoch()))
        .thenCompose(outcome ->
            switch (outcome) {
              case Outcome.Majority m -> {
                answered(g, m);
                yield CompletableFuture.completedFuture(m.answers());
              }
              case Outcome.None n ->
                  another(g, attempt)
                      .map(ready -> ready.thenCompose(next -> answersOf(next, attempt.next())))
                      .orElseGet(() -> failed(g, n, "asked"));
            });
  }

  private CompletableFuture<Void> storeRound(ClockGroup g, long stamp, Attempt attempt) {
    return ClockRound.run(g, member -> member.advance(g.epoch(), stamp))
        .thenCompose(outcome ->
            switch (outcome) {
              case Outcome.Majority m -> {
                answered(g, m);
                adopted(stamp);
                yield CompletableFuture.completedFuture(null);
              }
              case Outcome.None n ->
                  another(g, attempt)
                      .map(ready ->
                          ready.thenCompose(next -> storeRound(next, stamp, attempt.next())))
                      .orElseGet(() -> failed(g, n, "stored"));
            });
  }

  /**
   * The group to send a round to that {@code used} has not answered, because of a change of members
   * that is known by now; empty: there is none. While the new group is not installed yet the two
   * are asked in turns.
   */
  private Optional<CompletableFuture<ClockGroup>> another(ClockGroup used, Attempt attempt) {
    ClockGroup now = group.get();
    Optional<ClockGroup> next = expected.get().filter(e -> e.epoch() > now.epoch());
    if (attempt.last() || (now.epoch() <= used.epoch() && next.isEmpty())) {
      return Optional.empty();
    }
    if (now.epoch() > used.epoch()) {
      return Optional.of(CompletableFuture.completedFuture(now));
    }
    return Optional.of(
        used.epoch() < next.get().epoch()
            ? CompletableFuture.completedFuture(next.get())
            : pause.get().thenApply(unused -> group.get()));
  }

  private void answered(ClockGroup g, Outcome.Majority majority) {
    enter(g);
    watchMachines(majority.answers());
  }

  private static <T> CompletableFuture<T> failed(ClockGroup g, Outcome.None n, String what) {
    return CompletableFuture.failedFuture(
        new VecraftException(
            ErrorCode.UNAVAILABLE,
            "the clock could not be %s: %d of %d members of epoch %d answered, %d are needed"
                .formatted(what, n.answered(), g.members().size(), g.epoch(), g.majority())));
  }

  private void adopted(long stamp) {
    latest.accumulateAndGet(stamp, Math::max);
  }

  private void watchMachines(List<ClockAnswer> answers) {
    var times = answers.stream().mapToLong(ClockAnswer::machineMillis).summaryStatistics();
    if (answers.size() > 1) {
      long spread = times.getMax() - times.getMin();
      spreadMillis.set(spread);
      if (spread > maxOffsetMillis) {
        alarm.accept(spread);
      }
    }
  }

  /** The member that is the whole group, if it is in this process. */
  private static Optional<LocalClockMember> alone(ClockGroup g) {
    return g.members().size() == 1 && g.members().getFirst() instanceof LocalClockMember member
        ? Optional.of(member)
        : Optional.empty();
  }
}
