package io.vecraft.journal.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.raft.RaftCluster;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.time.ClockReading;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TickerTest {
  private static final PartitionSettings PARTITION =
      new PartitionSettings(
          Partitions.FIRST_DATA, new Partitions(1), Duration.ofMinutes(10), 1000, 1);

  @TempDir Path directory;

  /** Stores on the caller's thread, like a clock whose member is in the process. */
  private static final class SlowClock implements StampClock {
    final CountDownLatch storing = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);
    final AtomicBoolean interrupted = new AtomicBoolean();

    @Override
    public CompletableFuture<Long> ask() {
      return CompletableFuture.completedFuture(Stamp.of(1_000_000, 0, 0));
    }

    @Override
    public CompletableFuture<Void> store(long stamp) {
      storing.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        interrupted.set(true);
      }
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<List<ClockReading>> readings() {
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public long latest() {
      return 0;
    }
  }

  @Test
  void itsEndWaitsForWhoeverWritesTheClocksBoundAndInterruptsNobody() throws Exception {
    var clock = new SlowClock();
    try (var cluster = new RaftCluster(directory, List.of(PARTITION), UnaryOperator.identity())) {
      var ticker = new Ticker(() -> cluster.logs(PARTITION.partition()).values(), clock);
      assertThat(clock.storing.await(60, TimeUnit.SECONDS)).isTrue();
      Thread closing = Thread.ofPlatform().start(ticker::close);
      closing.join(Duration.ofMillis(300));
      assertThat(closing.isAlive()).as("waits").isTrue();
      clock.go.countDown();
      assertThat(closing.join(Duration.ofSeconds(30))).isTrue();
      assertThat(clock.interrupted).isFalse();
    }
  }
}
