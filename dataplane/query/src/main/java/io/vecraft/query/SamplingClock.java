package io.vecraft.query;

import io.vecraft.journal.time.ClockReading;
import io.vecraft.journal.time.StampClock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A clock that remembers when its rounds were begun. Every part of a process that asks the clock
 * should ask this one: each round then tells the readers how fresh a frontier is.
 *
 * <p>Safe for concurrent use.
 */
public final class SamplingClock implements StampClock {
  private final StampClock clock;
  private final FreshnessSamples samples = new FreshnessSamples();

  public SamplingClock(StampClock clock) {
    this.clock = clock;
  }

  @Override
  public CompletableFuture<Long> ask() {
    return sampled(clock::ask);
  }

  @Override
  public CompletableFuture<Long> agreed() {
    return sampled(clock::agreed);
  }

  private CompletableFuture<Long> sampled(Supplier<CompletableFuture<Long>> round) {
    long before = System.nanoTime();
    CompletableFuture<Long> answer = round.get();
    if (answer.isDone() && !answer.isCompletedExceptionally()) {
      samples.add(before, answer.join());
      return answer;
    }
    return answer.whenComplete((stamp, failure) -> {
      if (failure == null) {
        samples.add(before, stamp);
      }
    });
  }

  @Override
  public CompletableFuture<Void> store(long stamp) {
    return clock.store(stamp);
  }

  @Override
  public CompletableFuture<List<ClockReading>> readings() {
    return clock.readings();
  }

  @Override
  public long latest() {
    return clock.latest();
  }

  FreshnessSamples samples() {
    return samples;
  }
}
