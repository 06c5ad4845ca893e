package io.vecraft.journal.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.journal.time.ClockBound.Saved;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ClockMemberStateTest {
  private static final MachineTime FIXED = () -> 1_000_000;

  /** One thing that happens to a member. */
  sealed interface Step {
    record Ask(long epoch) implements Step {}

    record Advance(long epoch, long stamp) implements Step {}

    record Seal(long epoch) implements Step {}

    record Install(long epoch, long floor) implements Step {}

    record Restart() implements Step {}
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Long> epochs = Arbitraries.longs().between(1, 3);
    Arbitrary<Long> stamps = Arbitraries.longs().between(0, Stamp.of(1_000, 0, 0));
    Arbitrary<Step> ask = epochs.map(Step.Ask::new);
    Arbitrary<Step> advance = Combinators.combine(epochs, stamps).as(Step.Advance::new);
    Arbitrary<Step> seal = epochs.map(Step.Seal::new);
    Arbitrary<Step> install = Combinators.combine(epochs, stamps).as(Step.Install::new);
    return Arbitraries.oneOf(ask, advance, seal, install, Arbitraries.just(new Step.Restart()))
        .list()
        .ofMaxSize(60);
  }

  @Property(tries = 2_000)
  void neverGoesBackAndNeverForgetsAnOath(@ForAll("steps") List<Step> steps) {
    var run = new Run();
    for (Step step : steps) {
      run.take(step);
    }
  }

  /** A member, its disk, and what the test knows that it promised. */
  private static final class Run {
    private Saved disk = Saved.NEW;
    private ClockMemberState member = new ClockMemberState(disk, FIXED);
    private long promised;
    private long epoch;
    private boolean sealed;

    void take(Step step) {
      boolean answers = step instanceof Step.Restart || epochOf(step) == epoch && !sealed;
      switch (step) {
        case Step.Ask s -> told(member.ask(s.epoch()), answers, 0);
        case Step.Advance s -> {
          persist(member.wantedFor(s.epoch(), s.stamp()));
          told(member.advance(s.epoch(), s.stamp()), answers, s.stamp());
        }
        case Step.Seal s -> {
          persist(member.wantedToSeal(s.epoch()));
          told(member.seal(s.epoch()), s.epoch() == epoch, 0);
          sealed |= s.epoch() == epoch;
        }
        case Step.Install s -> {
          boolean later = s.epoch() > epoch;
          persist(member.wantedToInstall(s.epoch(), s.floor()));
          persist(member.wantedFor(s.epoch(), s.floor()));
          told(member.install(s.epoch(), s.floor()), later || answers, s.floor());
          epoch = Math.max(epoch, s.epoch());
          sealed &= !later;
        }
        case Step.Restart unused -> {
          member = new ClockMemberState(disk, FIXED);
          told(member.ask(epoch), epoch > 0 && !sealed, 0);
        }
      }
      assertThat(member.value()).isBetween(promised, disk.bound());
    }

    private void persist(Optional<Saved> wanted) {
      wanted.ifPresent(saved -> {
        disk = saved;
        member.persisted(saved);
      });
    }

    private void told(ClockAnswer answer, boolean expected, long atLeast) {
      assertThat(answer.refused()).isEqualTo(!expected);
      if (expected) {
        assertThat(answer.value()).isGreaterThanOrEqualTo(Math.max(promised, atLeast));
        assertThat(answer.machineMillis()).isEqualTo(FIXED.millis());
        promised = answer.value();
      }
    }

    private static long epochOf(Step step) {
      return switch (step) {
        case Step.Ask s -> s.epoch();
        case Step.Advance s -> s.epoch();
        case Step.Seal s -> s.epoch();
        case Step.Install s -> s.epoch();
        case Step.Restart unused -> 0;
      };
    }
  }

  @Test
  void aStampAboveTheDurableBoundIsNotAdopted() {
    var member = new ClockMemberState(new Saved(Stamp.of(10, 0, 0), 1, false), FIXED);
    long above = Stamp.of(10, 0, 1);
    assertThatThrownBy(() -> member.advance(1, above)).isInstanceOf(IllegalStateException.class);
    assertThat(member.wantedFor(1, above)).isPresent();
    assertThat(member.value()).isEqualTo(Stamp.of(10, 0, 0));
  }

  @Test
  void theBoundIsAtMostAQuarterOfTheClockErrorAhead() {
    var member = new ClockMemberState(new Saved(0, 1, false), FIXED);
    Saved wanted = member.wantedFor(1, Stamp.of(5_000, 7, 3)).orElseThrow();
    assertThat(Stamp.millis(wanted.bound()) - 5_000)
        .isEqualTo(QuorumClock.MAX_OFFSET.toMillis() / 4);
  }

  @Test
  void theMachineClockAloneMovesNothing() {
    var member = new ClockMemberState(new Saved(0, 1, false), () -> Long.MAX_VALUE / 2);
    assertThat(member.ask(1).value()).isZero();
    assertThat(member.durable().bound()).isZero();
  }
}
