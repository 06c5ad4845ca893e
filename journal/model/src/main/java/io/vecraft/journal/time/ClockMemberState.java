package io.vecraft.journal.time;

import io.vecraft.journal.time.ClockBound.Saved;
import java.util.Optional;

/**
 * The state machine of one member of the clock group, without I/O. Not thread-safe.
 *
 * <pre>
 * state         ask, advance in its epoch   seal(epoch)        install(later epoch, floor)
 * new (epoch 0) refused                     refused            member
 * member        answered                    sealed             member of the later epoch
 * sealed        refused                     answered again     member of the later epoch
 * </pre>
 *
 * <p>Invariants: the value never goes back; it is never above the bound that is durable, so a
 * restart, which starts at the bound, never starts below what was answered or adopted before.
 * Whoever drives this class persists {@link #wanted} before it goes on.
 */
public final class ClockMemberState {
  /** How far the bound is put ahead of what is needed: a quarter of the tolerated clock error. */
  public static final long BOUND_AHEAD_MILLIS = 125;

  private final MachineTime machine;
  private Saved durable;
  private long value;

  /** A member as it starts: at its bound. */
  public ClockMemberState(Saved durable, MachineTime machine) {
    this.durable = durable;
    this.machine = machine;
    this.value = durable.bound();
  }

  /** Value and machine time; refused outside the member's epoch. */
  public ClockAnswer ask(long epoch) {
    return answer(!answersIn(epoch));
  }

  /**
   * Adopts {@code stamp}. The bound must allow it: see {@link #wantedFor}.
   *
   * @throws IllegalStateException above the durable bound
   */
  public ClockAnswer advance(long epoch, long stamp) {
    if (!answersIn(epoch)) {
      return answer(true);
    }
    if (stamp > durable.bound()) {
      throw new IllegalStateException(
          "stamp " + stamp + " is above the durable bound " + durable.bound());
    }
    value = Math.max(value, stamp);
    return answer(false);
  }

  /** What must be durable before {@code stamp} may be adopted; empty: it may be adopted now. */
  public Optional<Saved> wantedFor(long epoch, long stamp) {
    return !answersIn(epoch) || stamp <= durable.bound()
        ? Optional.empty()
        : Optional.of(new Saved(ahead(stamp), durable.epoch(), durable.sealed()));
  }

  /** What had better be durable soon, with {@code stamp} about to be adopted: half is used up. */
  public Optional<Saved> wantedSoonFor(long epoch, long stamp) {
    return !answersIn(epoch) || ahead(stamp, BOUND_AHEAD_MILLIS / 2) <= durable.bound()
        ? Optional.empty()
        : Optional.of(new Saved(ahead(stamp), durable.epoch(), durable.sealed()));
  }

  /** What must be durable before {@link #seal}; empty: it is, or the seal is refused. */
  public Optional<Saved> wantedToSeal(long epoch) {
    return answersIn(epoch)
        ? Optional.of(new Saved(durable.bound(), durable.epoch(), true))
        : Optional.empty();
  }

  /** The final value in {@code epoch}. The seal must be durable. */
  public ClockAnswer seal(long epoch) {
    return answer(epoch != durable.epoch() || !durable.sealed());
  }

  /** What must be durable before {@link #install}; empty: it is, or the group is refused. */
  public Optional<Saved> wantedToInstall(long epoch, long floor) {
    return epoch <= durable.epoch()
        ? Optional.empty()
        : Optional.of(new Saved(Math.max(durable.bound(), ahead(floor)), epoch, false));
  }

  /** Goes on at or above the floor of the group. The membership must be durable. */
  public ClockAnswer install(long epoch, long floor) {
    if (!answersIn(epoch)) {
      return answer(true);
    }
    return advance(epoch, floor);
  }

  /** Takes note that {@code saved} is durable. */
  public void persisted(Saved saved) {
    if (saved.bound() < durable.bound() || saved.epoch() < durable.epoch()) {
      throw new IllegalStateException(saved + " is behind " + durable);
    }
    durable = saved;
  }

  /** What is durable. */
  public Saved durable() {
    return durable;
  }

  /** The member's value. */
  public long value() {
    return value;
  }

  private boolean answersIn(long epoch) {
    return epoch > 0 && epoch == durable.epoch() && !durable.sealed();
  }

  private ClockAnswer answer(boolean refused) {
    return new ClockAnswer(durable.epoch(), refused, value, machine.millis());
  }

  private static long ahead(long stamp) {
    return ahead(stamp, BOUND_AHEAD_MILLIS);
  }

  private static long ahead(long stamp, long millis) {
    return Stamp.endOfMillis(Math.min(Stamp.millis(stamp) + millis, Stamp.MAX_MILLIS));
  }
}
