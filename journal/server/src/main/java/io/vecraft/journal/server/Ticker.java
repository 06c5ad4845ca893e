package io.vecraft.journal.server;

import io.vecraft.journal.log.raft.RaftLog;
import io.vecraft.journal.time.StampClock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the partitions that this node leads and to which nothing is written, so that what is
 * written to others becomes visible: a shard is complete only up to the smallest closed stamp of
 * its partitions.
 *
 * <p>Every {@value #LOOK_MS} ms they are closed at the largest stamp that this node has heard of,
 * if they are not yet: whoever writes stores the stamp with the clock group before he is told, and
 * most nodes have a member of it, which adopts the stamp. Where nothing is heard, the clock is
 * asked for a new stamp, so that readers know how old their frontier is: after {@value #ACTIVE_MS}
 * ms while something was written less than {@value #QUIET_AFTER_MS} ms ago, else after {@value
 * #QUIET_MS} ms, which keeps an idle cluster idle. One node's asking is heard by the others.
 *
 * <p>No partition is closed at a stamp that is not stored, since whoever reads is told of it. There
 * is never more than one tick under way; one that fails is made again.
 */
final class Ticker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ticker.class);
  private static final long LOOK_MS = 50;
  private static final long ACTIVE_MS = 250;
  private static final long QUIET_MS = 1_000;
  private static final long QUIET_AFTER_MS = 5_000;

  private final Supplier<Collection<RaftLog>> logs;
  private final StampClock clock;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  // Of the thread.
  private final Map<RaftLog, Long> seen = new HashMap<>();
  private long writtenAt = System.nanoTime();
  private long heard;
  private long heardAt = writtenAt;
  private CompletableFuture<?> tick = CompletableFuture.completedFuture(true);

  Ticker(Supplier<Collection<RaftLog>> logs, StampClock clock) {
    this.logs = logs;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("journal-ticker").start(this::run);
  }

  private void run() {
    try {
      while (!closing.await(LOOK_MS, TimeUnit.MILLISECONDS)) {
        List<RaftLog> idle = idle();
        listen();
        if (!idle.isEmpty() && tick.isDone()) {
          tick(idle);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Partitions led here to which nothing was written since the last look. */
  private List<RaftLog> idle() {
    var idle = new ArrayList<RaftLog>();
    for (RaftLog one : logs.get()) {
      long offset = one.committed().position().offset();
      Long before = seen.put(one, offset);
      if (before != null && before < offset) {
        writtenAt = System.nanoTime();
      } else if (before != null && one.leads()) {
        idle.add(one);
      }
    }
    return idle;
  }

  private void listen() {
    long now = clock.heard();
    for (RaftLog one : logs.get()) {
      now = Math.max(now, one.committed().position().closed());
    }
    if (now > heard) {
      heard = now;
      heardAt = System.nanoTime();
    }
  }

  private void tick(List<RaftLog> idle) {
    List<RaftLog> open =
        idle.stream().filter(l -> l.committed().position().closed() < heard).toList();
    if (!open.isEmpty()) {
      tick = close(open, CompletableFuture.completedFuture(heard));
    } else if (overdue()) {
      // A clock that throws fails the tick, not the thread.
      tick = close(idle, CompletableFuture.completedFuture(heard).thenCompose(h -> clock.ask()));
    }
  }

  private boolean overdue() {
    long now = System.nanoTime();
    boolean active = now - writtenAt < TimeUnit.MILLISECONDS.toNanos(QUIET_AFTER_MS);
    return now - heardAt >= TimeUnit.MILLISECONDS.toNanos(active ? ACTIVE_MS : QUIET_MS);
  }

  private CompletableFuture<?> close(List<RaftLog> partitions, CompletableFuture<Long> stamp) {
    return stamp
        .thenCompose(at -> clock.store(at).thenApply(done -> at))
        .thenCompose(at ->
            CompletableFuture.allOf(
                partitions.stream()
                    .map(l -> l.barrier(at).thenAccept(p -> {}))
                    .toArray(CompletableFuture[]::new)))
        .whenComplete((done, error) -> {
          if (error != null) {
            log.debug("a tick failed", error);
          }
        });
  }

  /**
   * Waits for the thread; a tick that others have to answer may still be under way. The thread is
   * not interrupted: it may be writing the clock's bound, whose file that would close, and without
   * it the process could not go on.
   */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
