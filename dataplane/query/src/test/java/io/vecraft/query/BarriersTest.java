package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class BarriersTest {
  private final FakeCluster cluster = new FakeCluster();
  private final Barriers barriers = cluster.access().barriers();

  @Test
  void nobodyJoinsARoundThatHasBeenSent() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> readers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        int partition = 3 + i % 2;
        readers.add(() -> {
          for (int round = 0; round < 200; round++) {
            long before = cluster.acknowledged();
            long began = System.nanoTime();
            var barrier = barriers.sync(Set.of(partition), Deadline.afterMillis(60_000));
            assertThat(barrier.stamp()).isGreaterThanOrEqualTo(before);
            assertThat(barrier.sentNanos()).isGreaterThanOrEqualTo(began);
            assertThat(barrier.closed()).contains(1, 2, partition);
          }
          return true;
        });
      }
      for (var reader : threads.invokeAll(readers)) {
        assertThat(reader.get()).isTrue();
      }
    }
  }

  @Test
  void aPartitionThatFailsConcernsOnlyItsReaders() throws Exception {
    cluster.unavailable.add(4);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> readers = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        boolean fails = i % 2 == 0;
        readers.add(() -> {
          for (int round = 0; round < 100; round++) {
            Set<Integer> partitions = fails ? Set.of(4) : Set.of(3);
            if (fails) {
              assertThatThrownBy(() -> barriers.sync(partitions, Deadline.afterMillis(60_000)))
                  .isInstanceOf(VecraftException.class);
            } else {
              barriers.sync(partitions, Deadline.afterMillis(60_000));
            }
          }
          return true;
        });
      }
      for (var reader : threads.invokeAll(readers)) {
        assertThat(reader.get()).isTrue();
      }
    }
  }
}
