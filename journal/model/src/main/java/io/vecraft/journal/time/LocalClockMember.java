package io.vecraft.journal.time;

import io.vecraft.journal.time.ClockBound.Saved;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of the clock group in this process: {@link ClockMemberState} over a durable {@link
 * ClockBound}. Calls are answered on the caller's thread; an ask never waits for the disk. Safe for
 * concurrent use.
 *
 * <p>The bound is moved ahead in the background once half of it is used, so that under steady
 * traffic nobody waits for the disk.
 *
 * <p>Locks: {@code disk} before {@code state}; {@code disk} orders what is persisted, {@code state}
 * guards the state machine and is never held while the disk works.
 */
public final class LocalClockMember implements ClockMember {
  private static final Logger LOG = LoggerFactory.getLogger(LocalClockMember.class);

  private final String name;
  private final ClockBound bound;
  private final Executor background;
  private final AtomicBoolean refilling = new AtomicBoolean();
  private final Object disk = new Object();
  private final ClockMemberState state; // guarded by itself

  /**
   * A member as it starts, at its bound.
   *
   * @param background runs the persisting ahead; may run it on the caller's thread
   */
  public LocalClockMember(String name, ClockBound bound, MachineTime machine, Executor background) {
    this.name = name;
    this.bound = bound;
    this.background = background;
    this.state = new ClockMemberState(bound.load(), machine);
  }

  @Override
  public String name() {
    return name;
  }

  /** The epoch that the member is in; 0: none. */
  public long epoch() {
    synchronized (state) {
      return state.durable().epoch();
    }
  }

  /** The member's value. */
  public long value() {
    synchronized (state) {
      return state.value();
    }
  }

  @Override
  public CompletableFuture<ClockAnswer> ask(long epoch) {
    return CompletableFuture.completedFuture(askNow(epoch));
  }

  @Override
  public CompletableFuture<ClockAnswer> advance(long epoch, long stamp) {
    return now(() -> advanceNow(epoch, stamp));
  }

  @Override
  public CompletableFuture<ClockAnswer> seal(long epoch) {
    return now(() -> {
      synchronized (disk) {
        Optional<Saved> wanted;
        synchronized (state) {
          wanted = state.wantedToSeal(epoch);
        }
        persist(wanted);
        synchronized (state) {
          return state.seal(epoch);
        }
      }
    });
  }

  @Override
  public CompletableFuture<ClockAnswer> install(long epoch, long floor) {
    return now(() -> {
      synchronized (disk) {
        Optional<Saved> wanted;
        synchronized (state) {
          wanted = state.wantedToInstall(epoch, floor);
          if (wanted.isEmpty()) {
            wanted = state.wantedFor(epoch, floor);
          }
        }
        persist(wanted);
        synchronized (state) {
          return state.install(epoch, floor);
        }
      }
    });
  }

  /** {@link #ask} without a future. */
  ClockAnswer askNow(long epoch) {
    synchronized (state) {
      return state.ask(epoch);
    }
  }

  /** {@link #advance} without a future. */
  ClockAnswer advanceNow(long epoch, long stamp) {
    ClockAnswer answer = adopt(epoch, stamp);
    expect(epoch, answer.value());
    return answer;
  }

  private ClockAnswer adopt(long epoch, long stamp) {
    synchronized (state) {
      if (state.wantedFor(epoch, stamp).isEmpty()) {
        return state.advance(epoch, stamp);
      }
    }
    synchronized (disk) {
      Optional<Saved> wanted;
      synchronized (state) {
        wanted = state.wantedFor(epoch, stamp);
      }
      persist(wanted);
      synchronized (state) {
        return state.advance(epoch, stamp);
      }
    }
  }

  /**
   * Moves the bound ahead in the background for a stamp that is likely to be adopted soon.
   *
   * <p>The stamp comes from a round or is a value: a bound that followed the machine's own time
   * would let one fast machine move the group by a restart.
   */
  void expect(long epoch, long stamp) {
    synchronized (state) {
      if (state.wantedSoonFor(epoch, stamp).isEmpty()) {
        return;
      }
    }
    if (refilling.compareAndSet(false, true)) {
      background.execute(() -> refill(epoch, stamp));
    }
  }

  private void refill(long epoch, long stamp) {
    try {
      synchronized (disk) {
        Optional<Saved> wanted;
        synchronized (state) {
          wanted = state.wantedSoonFor(epoch, stamp);
        }
        persist(wanted);
      }
    } catch (RuntimeException e) {
      // Nobody waits for this one; whoever needs the bound next meets the fault itself.
      LOG.warn("the bound of clock member {} could not be moved ahead", name, e);
    } finally {
      refilling.set(false);
    }
  }

  /** Called with {@code disk} held. */
  private void persist(Optional<Saved> wanted) {
    wanted.ifPresent(saved -> {
      bound.persist(saved);
      synchronized (state) {
        state.persisted(saved);
      }
    });
  }

  private static CompletableFuture<ClockAnswer> now(Supplier<ClockAnswer> call) {
    try {
      return CompletableFuture.completedFuture(call.get());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
