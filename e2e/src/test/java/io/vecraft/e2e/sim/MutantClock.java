package io.vecraft.e2e.sim;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.ClockAnswer;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.ClockReading;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** The clock of a process, with a rule of the quorum clock broken if the mistake is about one. */
final class MutantClock {
  private final SimWorld world;
  private final SimMachine machine;
  private final QuorumClock clock;
  private Optional<CompletableFuture<Long>> underway = Optional.empty();
  private long hybrid;

  MutantClock(SimWorld world, SimMachine machine, QuorumClock clock) {
    this.world = world;
    this.machine = machine;
    this.clock = clock;
  }

  StampClock ofWriters() {
    return switch (world.mistake()) {
      case STAMP_NOT_STORED -> broken(clock::ask, MutantClock::notStored);
      default -> ofBoth();
    };
  }

  StampClock ofReaders() {
    return switch (world.mistake()) {
      case READ_NOT_STORED -> broken(clock::ask, MutantClock::notStored);
      case READ_NOT_AGREED -> broken(this::largestShown, MutantClock::notStored);
      default -> ofBoth();
    };
  }

  private StampClock ofBoth() {
    return switch (world.mistake()) {
      case PLAIN_HLC -> broken(this::hybridAsk, this::hybridStore);
      case ONE_CLOCK_ASKED -> broken(this::askOne, clock::store);
      case ROUND_JOINED_LATE -> broken(this::joinAny, clock::store);
      default -> clock;
    };
  }

  private StampClock broken(
      Supplier<CompletableFuture<Long>> ask, LongFunction<CompletableFuture<Void>> store) {
    return new StampClock() {
      @Override
      public CompletableFuture<Long> ask() {
        return ask.get();
      }

      @Override
      public CompletableFuture<Void> store(long stamp) {
        return store.apply(stamp);
      }

      @Override
      public CompletableFuture<List<ClockReading>> readings() {
        return clock.readings();
      }

      @Override
      public long latest() {
        return clock.latest();
      }
    };
  }

  private static CompletableFuture<Void> notStored(long stamp) {
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Long> hybridAsk() {
    hybrid = Math.max(Stamp.above(hybrid, 0), Stamp.of(machine.millis(), 0, 0));
    return CompletableFuture.completedFuture(hybrid);
  }

  private CompletableFuture<Void> hybridStore(long stamp) {
    hybrid = Math.max(hybrid, stamp);
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Long> askOne() {
    ClockGroup group = clock.group();
    ClockMember member = world.loop().pick(group.members());
    return member
        .ask(group.epoch())
        .thenCompose(answer -> shown(answer).thenApply(value -> stampOf(answer)));
  }

  private static long stampOf(ClockAnswer answer) {
    return Math.max(Stamp.above(answer.value(), 0), Stamp.of(answer.machineMillis(), 0, 0));
  }

  /** Of a majority, which is one less than all of three. */
  private CompletableFuture<Long> largestShown() {
    ClockGroup group = clock.group();
    var asked = new ArrayList<ClockMember>(group.members());
    asked.remove(world.loop().pick(group.members()));
    CompletableFuture<Long> largest = CompletableFuture.completedFuture(0L);
    for (ClockMember member : asked) {
      largest =
          largest.thenCombine(member.ask(group.epoch()).thenCompose(MutantClock::shown), Math::max);
    }
    return largest;
  }

  private static CompletableFuture<Long> shown(ClockAnswer answer) {
    return answer.refused()
        ? CompletableFuture.failedFuture(new VecraftException(ErrorCode.UNAVAILABLE, "refused"))
        : CompletableFuture.completedFuture(answer.value());
  }

  private CompletableFuture<Long> joinAny() {
    if (underway.filter(round -> !round.isDone()).isEmpty()) {
      underway = Optional.of(clock.ask());
    }
    return underway.orElseThrow();
  }
}
