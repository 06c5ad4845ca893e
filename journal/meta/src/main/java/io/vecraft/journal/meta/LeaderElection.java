package io.vecraft.journal.meta;

import io.vecraft.journal.meta.MetaStore.Lease;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of several processes leads: the one that has the key, bound to its lease. Who leads is
 * certain only for as long as the lease was confirmed, by this process's own clock; a process that
 * was paused for longer finds that out by itself.
 *
 * <p>Still, what a leader has sent may arrive after another has taken over: whoever acts on a
 * leader's word needs a fencing epoch of its own.
 *
 * <p>Safe for concurrent use; {@link #leads} never waits.
 */
public final class LeaderElection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);
  private static final int BEATS_PER_LIFE = 3;

  private final MetaStore store;
  private final String key;
  private final String name;
  private final Duration timeToLive;
  private final Thread thread;

  // Of the thread, then of close.
  private Optional<Lease> lease = Optional.empty();

  private volatile boolean held;
  private volatile long confirmedNanos;
  private volatile long answeredNanos;

  private LeaderElection(MetaStore store, String key, String name, Duration timeToLive) {
    this.store = store;
    this.key = key;
    this.name = name;
    this.timeToLive = timeToLive;
    this.answeredNanos = System.nanoTime();
    this.thread = Thread.ofVirtual().name("election-" + name).unstarted(this::run);
  }

  /**
   * Stands for election until closed.
   *
   * @param key what there is one of
   * @param name of this process, for whoever looks
   * @param timeToLive how long it takes until a leader that is gone can be followed
   */
  public static LeaderElection start(
      MetaStore store, String key, String name, Duration timeToLive) {
    var election = new LeaderElection(store, key, name, timeToLive);
    election.thread.start();
    return election;
  }

  /** Whether this process leads, and nobody else can yet. */
  public boolean leads() {
    return held && System.nanoTime() - confirmedNanos < timeToLive.toNanos();
  }

  /** Whether the store has answered within a lease's life. */
  public boolean isAnswered() {
    return System.nanoTime() - answeredNanos < timeToLive.toNanos();
  }

  private void run() {
    try {
      while (true) {
        beat();
        Thread.sleep(timeToLive.dividedBy(BEATS_PER_LIFE));
      }
    } catch (InterruptedException e) {
      LOG.debug("{} no longer stands for election", name);
    }
  }

  private void beat() {
    long asked = System.nanoTime();
    try {
      boolean now = held ? keep() : stand();
      if (now != held) {
        LOG.info("{} {}", name, now ? "leads" : "leads no more");
      }
      if (now) {
        // From before the question: the store counts from when it got it.
        confirmedNanos = asked;
      }
      held = now;
      answeredNanos = System.nanoTime();
    } catch (MetaStoreException | IllegalStateException e) {
      LOG.info("the election of {} is not known for now: {}", key, e.getMessage());
    }
  }

  private boolean keep() {
    if (lease.isPresent() && lease.get().keepAlive()) {
      return true;
    }
    lease = Optional.empty();
    return false;
  }

  private boolean stand() {
    if (store.get(key).isPresent()) {
      return false;
    }
    Lease fresh = store.grant(timeToLive);
    boolean won =
        store
            .transact(
                Transaction.builder()
                    .ifRevision(key, 0)
                    .put(key, name.getBytes(StandardCharsets.UTF_8), fresh)
                    .build())
            .isPresent();
    if (won) {
      lease = Optional.of(fresh);
    } else {
      fresh.close();
    }
    return won;
  }

  /** Gives leadership back, so that another can take it at once. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(timeToLive);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    held = false;
    try {
      lease.ifPresent(Lease::close);
    } catch (MetaStoreException e) {
      LOG.info("{} stays taken until its lease runs out: {}", key, e.getMessage());
    }
  }
}
