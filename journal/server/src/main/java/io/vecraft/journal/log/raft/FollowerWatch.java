package io.vecraft.journal.log.raft;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that a leader sends entries to every member of its partition.
 *
 * <p>Ratis 3.3.0 may have nobody who does: where sending to a member that is being added ends with
 * an exception, it is begun again for members of the configuration only, of which that one is none
 * yet; and once nobody is left who has not caught up, the change is made. The new member counts
 * then and gets nothing for as long as the same replica leads. A leader that finds such a member
 * lets another lead, which sends to all.
 */
final class FollowerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FollowerWatch.class);

  private final Supplier<Collection<RaftLog>> logs;
  private final Duration every;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  /** Of the thread: what was found by the last look, which may have come amid a change. */
  private final Map<RaftLog, Set<String>> before = new HashMap<>();

  FollowerWatch(Supplier<Collection<RaftLog>> logs, Duration every) {
    this.logs = logs;
    this.every = every;
    this.thread = Thread.ofVirtual().name("journal-followers").start(this::run);
  }

  private void run() {
    try {
      while (!closing.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
        logs.get().forEach(this::tryToLook);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A replica that ends meanwhile must not keep the others from being looked at. */
  private void tryToLook(RaftLog log) {
    try {
      look(log);
    } catch (RuntimeException e) {
      LOG.info("{}: who follows cannot be told", log, e);
    }
  }

  private void look(RaftLog log) {
    Set<String> now = log.unattended();
    Set<String> last = before.put(log, now);
    if (!now.isEmpty() && now.equals(last)) {
      LOG.warn("{}: nothing is sent to {}; another is to lead", log, now);
      log.transferLeadership(Optional.empty())
          .whenComplete((done, error) -> {
            if (error != null) {
              LOG.info("{}: no other leads yet: {}", log, error.toString());
            }
          });
    }
  }

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
