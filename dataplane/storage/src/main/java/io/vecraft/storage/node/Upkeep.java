package io.vecraft.storage.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread for what is done in the background from time to time, or soon. */
final class Upkeep implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

  private final ScheduledExecutorService thread;
  private final List<Task> tasks;
  private final List<Future<?>> delayed = new CopyOnWriteArrayList<>();

  /** Something that is done again and again, that long after it last ended. */
  record Task(Duration interval, Runnable action) {}

  Upkeep(String node, List<Task> tasks) {
    this.tasks = tasks;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("upkeep-" + node).daemon().factory());
  }

  void start() {
    for (Task task : tasks) {
      long nanos = task.interval().toNanos();
      thread.scheduleWithFixedDelay(guarded(task.action()), nanos, nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Does something soon; not at all once closed. */
  void later(Runnable action) {
    try {
      thread.execute(guarded(action));
    } catch (RejectedExecutionException e) {
      LOG.debug("closing: {}", e.toString());
    }
  }

  /** Does something after a while; not at all once closed. */
  void later(Duration delay, Runnable action) {
    try {
      delayed.add(thread.schedule(guarded(action), delay.toNanos(), TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException e) {
      LOG.debug("closing: {}", e.toString());
    }
  }

  private static Runnable guarded(Runnable action) {
    return () -> {
      try {
        action.run();
      } catch (RuntimeException e) {
        LOG.error("a background task of the storage node failed", e);
      }
    };
  }

  /** Lets what runs end and does nothing any more. */
  @Override
  public void close() {
    thread.shutdown();
    delayed.forEach(task -> task.cancel(false));
    try {
      if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
        LOG.warn("a background task does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
