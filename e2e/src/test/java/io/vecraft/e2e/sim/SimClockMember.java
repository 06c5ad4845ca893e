package io.vecraft.e2e.sim;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.ClockAnswer;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.LocalClockMember;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** A member of the clock group as a process sees it over the network. */
final class SimClockMember implements ClockMember {
  private static final long TIMEOUT_TICKS = 200;

  private final SimNetwork network;
  private final SimProcess caller;
  private final SimMachine machine;

  SimClockMember(SimNetwork network, SimProcess caller, SimMachine machine) {
    this.network = network;
    this.caller = caller;
    this.machine = machine;
  }

  @Override
  public String name() {
    return machine.name();
  }

  @Override
  public CompletableFuture<ClockAnswer> ask(long epoch) {
    return call(false, member -> member.ask(epoch));
  }

  @Override
  public CompletableFuture<ClockAnswer> advance(long epoch, long stamp) {
    return call(true, member -> member.advance(epoch, stamp));
  }

  @Override
  public CompletableFuture<ClockAnswer> seal(long epoch) {
    return call(false, member -> member.seal(epoch));
  }

  @Override
  public CompletableFuture<ClockAnswer> install(long epoch, long floor) {
    return call(false, member -> member.install(epoch, floor));
  }

  private CompletableFuture<ClockAnswer> call(
      boolean store, Function<LocalClockMember, CompletableFuture<ClockAnswer>> question) {
    Optional<SimProcess> process = machine.process();
    if (process.isEmpty()) {
      return CompletableFuture.failedFuture(
          new VecraftException(ErrorCode.UNAVAILABLE, machine.name() + " is down"));
    }
    Supplier<CompletableFuture<ClockAnswer>> work =
        () -> question.apply(process.get().clockMember());
    return store
        ? network.callToStore(caller, process.get(), TIMEOUT_TICKS, work)
        : network.call(caller, process.get(), TIMEOUT_TICKS, work);
  }
}
