package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.time.ClockReading;
import io.vecraft.journal.time.StampClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ClockSamplerTest {
  /** Agrees on the same stamp again and again, but for some rounds that have no majority. */
  private static final class IdleClock implements StampClock {
    static final long STAMP = 1_000;
    final AtomicInteger rounds = new AtomicInteger();

    @Override
    public CompletableFuture<Long> ask() {
      throw new IllegalStateException("nothing is stamped");
    }

    @Override
    public CompletableFuture<Long> agreed() {
      return rounds.incrementAndGet() % 3 == 2
          ? CompletableFuture.failedFuture(new IllegalStateException("no majority"))
          : CompletableFuture.completedFuture(STAMP);
    }

    @Override
    public CompletableFuture<Void> store(long stamp) {
      throw new IllegalStateException("nothing is stamped");
    }

    @Override
    public CompletableFuture<List<ClockReading>> readings() {
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public long latest() {
      return STAMP;
    }
  }

  @Test
  void aFrontierStaysFreshThoughNobodyAsksAndRoundsFail() throws Exception {
    var idle = new IdleClock();
    var clock = new SamplingClock(idle);
    assertThat(clock.samples().ageNanos(IdleClock.STAMP, System.nanoTime()))
        .isEqualTo(Long.MAX_VALUE);
    long began = System.nanoTime();
    var sampler = ClockSampler.start(clock, Duration.ofMillis(5));
    for (int rounds = 3; rounds <= 30; rounds += 9) {
      int enough = rounds;
      Awaitility.await().until(() -> idle.rounds.get() > enough);
      long now = System.nanoTime();
      long newest = now - clock.samples().ageNanos(IdleClock.STAMP, now);
      assertThat(newest).isGreaterThan(began);
      began = newest;
    }
    sampler.close();
    int ended = idle.rounds.get();
    TimeUnit.MILLISECONDS.sleep(50);
    assertThat(idle.rounds).hasValue(ended);
  }
}
