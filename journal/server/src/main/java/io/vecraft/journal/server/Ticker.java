package io.vecraft.journal.server;

import io.vecraft.journal.log.raft.RaftLog;
import io.vecraft.journal.time.StampClock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the partitions that this node leads and to which nothing is written, so that what is
 * written to others becomes visible: a shard is complete only up to the smallest closed stamp of
 * its partitions.
 *
 * <p>Every {@value #ACTIVE_MS} ms while something is written to any partition, and for {@value
 * #QUIET_AFTER_MS} ms after; then every {@value #QUIET_MS} ms, which keeps an idle cluster idle.
 * One clock round serves all partitions of the node; one that was written to in between has closed
 * by that. There is never more than one tick under way; one that fails is forgotten.
 */
final class Ticker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ticker.class);
  private static final long ACTIVE_MS = 50;
  private static final long QUIET_MS = 1_000;
  private static final long QUIET_AFTER_MS = 5_000;

  private final Supplier<Collection<RaftLog>> logs;
  private final StampClock clock;
  private final Thread thread;

  // Of the thread.
  private final Map<RaftLog, Long> seen = new HashMap<>();
  private long writtenAt = System.nanoTime();
  private CompletableFuture<?> tick = CompletableFuture.completedFuture(true);

  Ticker(Supplier<Collection<RaftLog>> logs, StampClock clock) {
    this.logs = logs;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("journal-ticker").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        boolean active =
            System.nanoTime() - writtenAt < TimeUnit.MILLISECONDS.toNanos(QUIET_AFTER_MS);
        for (long slept = 0; slept < (active ? ACTIVE_MS : QUIET_MS); slept += ACTIVE_MS) {
          Thread.sleep(Duration.ofMillis(ACTIVE_MS));
          if (written() && !active) {
            break;
          }
        }
        if (tick.isDone()) {
          tick = close(idle());
        }
      }
    } catch (InterruptedException e) {
      log.debug("the ticker ends");
    }
  }

  /** Whether records have come since the last look, anywhere. */
  private boolean written() {
    boolean any =
        logs.get().stream()
            .anyMatch(l -> {
              Long before = seen.get(l);
              return before != null && before < l.committed().position().offset();
            });
    if (any) {
      writtenAt = System.nanoTime();
    }
    return any;
  }

  /** Partitions led here to which nothing was written since the last tick: records close too. */
  private List<RaftLog> idle() {
    List<RaftLog> idle =
        logs.get().stream()
            .filter(l -> l.leads() && isAt(l, l.committed().position().offset()))
            .toList();
    logs.get().forEach(l -> seen.put(l, l.committed().position().offset()));
    return idle;
  }

  private boolean isAt(RaftLog log, long offset) {
    Long before = seen.get(log);
    return before != null && before == offset;
  }

  private CompletableFuture<?> close(List<RaftLog> idle) {
    if (idle.isEmpty()) {
      return CompletableFuture.completedFuture(true);
    }
    try {
      return clock
          .ask()
          .thenCompose(stamp -> clock.store(stamp).thenApply(done -> stamp))
          .thenCompose(stamp ->
              CompletableFuture.allOf(
                  idle.stream()
                      .map(l -> l.barrier(stamp).thenAccept(p -> {}))
                      .toArray(CompletableFuture[]::new)))
          .whenComplete((done, error) -> {
            if (error != null) {
              log.debug("a tick failed", error);
            }
          });
    } catch (RuntimeException e) {
      log.debug("a tick failed", e);
      return CompletableFuture.completedFuture(false);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
