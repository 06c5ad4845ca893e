package io.vecraft.journal.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class QuorumClockTest {

  /** A member that answers when the test says so. */
  private static final class SlowMember implements ClockMember {
    final LocalClockMember real;
    final List<Runnable> waiting = new ArrayList<>();
    boolean slow;

    SlowMember(String name, MachineTime machine) {
      real = new LocalClockMember(name, new MemoryBound(), machine, Runnable::run);
    }

    private CompletableFuture<ClockAnswer> later(Supplier<CompletableFuture<ClockAnswer>> call) {
      if (!slow) {
        return call.get();
      }
      var answer = new CompletableFuture<ClockAnswer>();
      waiting.add(() -> answer.complete(call.get().join()));
      return answer;
    }

    void answerAll() {
      var now = List.copyOf(waiting);
      waiting.clear();
      now.forEach(Runnable::run);
    }

    @Override
    public String name() {
      return real.name();
    }

    @Override
    public CompletableFuture<ClockAnswer> ask(long epoch) {
      return later(() -> real.ask(epoch));
    }

    @Override
    public CompletableFuture<ClockAnswer> advance(long epoch, long stamp) {
      return later(() -> real.advance(epoch, stamp));
    }

    @Override
    public CompletableFuture<ClockAnswer> seal(long epoch) {
      return later(() -> real.seal(epoch));
    }

    @Override
    public CompletableFuture<ClockAnswer> install(long epoch, long floor) {
      return later(() -> real.install(epoch, floor));
    }
  }

  private final AtomicLong[] machines = {
    new AtomicLong(1_000), new AtomicLong(1_000), new AtomicLong(1_000)
  };
  private final List<SlowMember> members = new ArrayList<>();
  private final List<Long> alarms = new ArrayList<>();

  private QuorumClock three() {
    for (int i = 0; i < 3; i++) {
      AtomicLong machine = machines[i];
      members.add(new SlowMember("m" + i, machine::get));
    }
    var group = new ClockGroup(1, List.copyOf(members));
    ClockGroupChange.install(group, 0).join();
    return new QuorumClock(group, alarms::add);
  }

  @Property(tries = 300)
  void aGroupOfOneOnlyGoesForwardWhateverItsMachineAndItsRestartsDo(
      @ForAll @Size(max = 40) List<@LongRange(min = 0, max = 400) Long> times,
      @ForAll @Size(value = 40) List<Boolean> restarts) {
    var bound = new MemoryBound();
    var machine = new AtomicLong();
    var clock = QuorumClock.single(bound, machine::get);
    long last = 0;
    for (int i = 0; i < times.size(); i++) {
      machine.set(times.get(i));
      if (restarts.get(i)) {
        bound = bound.restarted();
        clock = QuorumClock.single(bound, machine::get);
      }
      long asked = clock.ask().join();
      assertThat(asked).isGreaterThan(last);
      assertThat(Stamp.millis(asked)).isGreaterThanOrEqualTo(machine.get());
      last = Stamp.atLeast(asked, i % 5);
      clock.store(last).join();
      assertThat(clock.latest()).isGreaterThanOrEqualTo(last);
    }
  }

  @Property(tries = 200)
  void theCounterCarriesIntoTheMilliseconds(
      @ForAll @IntRange(min = 1, max = 5_000) int stamps,
      @ForAll @IntRange(min = 1, max = 255) int slot) {
    var clock = QuorumClock.single(new MemoryBound(), () -> 7);
    long last = 0;
    for (int i = 0; i < stamps; i++) {
      long stamp = Stamp.atLeast(clock.ask().join(), slot);
      assertThat(stamp).isGreaterThan(last);
      clock.store(stamp).join();
      last = stamp;
    }
    assertThat(Stamp.slot(last)).isEqualTo(slot);
    assertThat(Stamp.millis(last)).isBetween(7L, 7L + stamps / 2_048 + 1);
  }

  @Test
  void stampsOfConcurrentPartitionsAreDistinctThroughTheirSlots() throws Exception {
    var clock = QuorumClock.single(new MemoryBound(), () -> 7);
    var all = new ConcurrentSkipListSet<Long>();
    int partitions = 4;
    int each = 2_000;
    try (var threads = Executors.newFixedThreadPool(partitions)) {
      for (int p = 1; p <= partitions; p++) {
        int slot = p;
        threads.submit(() -> {
          for (int i = 0; i < each; i++) {
            long stamp = Stamp.atLeast(clock.ask().join(), slot);
            all.add(stamp);
            clock.store(stamp).join();
          }
        });
      }
    }
    assertThat(all).hasSize(partitions * each);
  }

  @Test
  void whatWasStoredAtOneMajorityIsBelowWhatAnyOtherIsAsked() {
    var clock = three();
    long stamp = Stamp.of(5_000, 3, 9);
    members.get(2).slow = true;
    clock.store(stamp).join();
    members.get(2).slow = false;
    members.get(0).slow = true;
    assertThat(clock.ask().join()).isGreaterThan(stamp);
  }

  @Test
  void aValueThatAMajorityShowsIsAgreedInOneRound() {
    var clock = three();
    long stamp = Stamp.of(5_000, 3, 9);
    clock.store(stamp).join();
    members.forEach(m -> m.slow = true);
    var agreed = clock.agreed();
    members.forEach(SlowMember::answerAll);
    assertThat(agreed).isCompletedWithValue(stamp);
    assertThat(members).allMatch(m -> m.waiting.isEmpty());
  }

  /** Whichever two answer: one of them may be the only one that has it. */
  @Test
  void whatMembersDifferInIsStoredBeforeItIsAgreed() {
    for (int alone = 0; alone < 3; alone++) {
      for (int silent = 0; silent < 3; silent++) {
        if (silent != alone) {
          members.clear();
          var clock = three();
          long stamp = Stamp.of(5_000, 3, 9);
          members.get(alone).real.advance(1, stamp).join();
          members.get(silent).slow = true;
          long agreed = clock.agreed().join();
          assertThat(agreed).isGreaterThanOrEqualTo(stamp);
          assertThat(members.stream().filter(m -> m.real.value() >= agreed)).hasSize(2);
          assertThat(clock.latest()).isEqualTo(agreed);
        }
      }
    }
  }

  @Test
  void nothingIsAgreedBelowWhatWasStoredAtAnyMajority() {
    for (int late = 0; late < 3; late++) {
      for (int silent = 0; silent < 3; silent++) {
        members.clear();
        var clock = three();
        long stamp = Stamp.of(5_000, 3, 9);
        members.get(late).slow = true;
        clock.store(stamp).join();
        members.get(late).slow = false;
        members.get(late).waiting.clear();
        members.get(silent).slow = true;
        assertThat(clock.agreed().join()).isGreaterThanOrEqualTo(stamp);
      }
    }
  }

  @Test
  void nothingStampedYetIsAgreedAtTheMachinesTime() {
    assertThat(Stamp.millis(three().agreed().join())).isEqualTo(1_000);
  }

  @Test
  void oneFastMachineMovesNothingAndIsAnAlarm() {
    var clock = three();
    machines[2].set(900_000);
    assertThat(Stamp.millis(clock.ask().join())).isEqualTo(1_000);
    members.get(0).slow = true;
    assertThat(Stamp.millis(clock.ask().join())).isEqualTo(1_000);
    assertThat(alarms).containsExactly(899_000L);
    assertThat(clock.spreadMillis()).isEqualTo(899_000);
  }

  @Test
  void nobodyJoinsARoundThatHasBeenSent() {
    var clock = three();
    members.forEach(m -> m.slow = true);
    var first = clock.ask();
    var second = clock.ask();
    var third = clock.ask();
    assertThat(members.getFirst().waiting).hasSize(1);
    members.forEach(SlowMember::answerAll);
    assertThat(first).isCompleted();
    assertThat(second).isNotDone();
    assertThat(members.getFirst().waiting).as("two callers share the next round").hasSize(1);
    members.forEach(SlowMember::answerAll);
    assertThat(second.join()).isEqualTo(third.join());
  }

  @Test
  void storesThatComeDuringARoundShareTheNextAtTheLargestStamp() {
    var clock = three();
    members.forEach(m -> m.slow = true);
    var first = clock.store(Stamp.of(2_000, 0, 3));
    var second = clock.store(Stamp.of(2_002, 0, 3));
    var third = clock.store(Stamp.of(2_001, 0, 4));
    members.forEach(SlowMember::answerAll);
    assertThat(first).isCompleted();
    assertThat(second).isNotDone();
    members.forEach(SlowMember::answerAll);
    assertThat(second).isCompleted();
    assertThat(third).isCompleted();
    assertThat(clock.latest()).isEqualTo(Stamp.of(2_002, 0, 3));
    assertThat(clock.store(Stamp.of(2_002, 0, 2)))
        .as("known to be adopted: no round")
        .isCompleted();
  }

  @Test
  void withoutAMajorityNothingIsAnswered() {
    var clock = three();
    members.get(0).real.seal(1).join();
    members.get(1).real.seal(1).join();
    for (var refused : List.of(clock.ask(), clock.store(Stamp.of(9_999, 0, 3)))) {
      assertThatThrownBy(refused::join)
          .hasCauseInstanceOf(VecraftException.class)
          .cause()
          .extracting(e -> ((VecraftException) e).code())
          .isEqualTo(ErrorCode.UNAVAILABLE);
    }
    assertThat(clock.latest()).isZero();
  }

  @Test
  void aRoundThatMeetsAChangeOfMembersIsAskedAgainInTheNewEpoch() {
    var clock = three();
    long stored = Stamp.of(8_000, 0, 3);
    clock.store(stored).join();
    members.forEach(m -> m.slow = true);
    var round = clock.ask();
    members.forEach(m -> m.slow = false);
    long floor = ClockGroupChange.seal(clock.group()).join();
    assertThat(floor).isGreaterThanOrEqualTo(stored);
    var fresh = new SlowMember("m3", () -> 1_000);
    var next = new ClockGroup(2, List.of(members.get(1), members.get(2), fresh));
    ClockGroupChange.install(next, floor).join();
    clock.enter(next);
    members.forEach(SlowMember::answerAll);
    assertThat(round.join()).isGreaterThan(stored);
    assertThat(clock.group().epoch()).isEqualTo(2);
  }

  @Test
  void anEmptyMemberAnswersNobody() {
    var group = new ClockGroup(1, List.of(new SlowMember("wiped", () -> 1_000)));
    assertThatThrownBy(() -> new QuorumClock(group, alarms::add).ask().join())
        .hasCauseInstanceOf(VecraftException.class);
  }

  @Test
  void underSteadyTrafficTheBoundMovesAheadOfNeed() {
    var bound = new MemoryBound();
    var machine = new AtomicLong(1_000);
    var member = new LocalClockMember("m", bound, machine::get, Runnable::run);
    member.install(1, 0).join();
    var clock = new QuorumClock(new ClockGroup(1, List.of(member)), alarms::add);
    var wanted = new HashSet<Boolean>();
    for (int i = 0; i < 1_000; i++) {
      machine.incrementAndGet();
      long stamp = clock.ask().join();
      wanted.add(stamp <= bound.load().bound());
      clock.store(stamp).join();
    }
    assertThat(wanted)
        .as("the bound covered each stamp before it was stored")
        .containsExactly(true);
    assertThat(bound.persists()).isLessThan(1_000 / 60 + 5);
  }

  @Test
  void aDiskThatCannotKeepTheBoundFailsTheStoreAndNotTheProcess() {
    var bound = new MemoryBound();
    var clock = QuorumClock.single(bound, () -> 1_000);
    clock.store(Stamp.of(1_000, 0, 3)).join();
    bound.breakDisk();
    long far = Stamp.of(9_000, 0, 3);
    assertThatThrownBy(() -> clock.store(far).join()).hasMessageContaining("disk broken");
    assertThat(clock.latest()).isLessThan(far);
  }
}
