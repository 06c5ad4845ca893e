package io.vecraft.e2e.history;

import io.vecraft.journal.time.Deadline;
import io.vecraft.storage.replay.ReplayGate;
import java.util.Random;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds a storage node back: its background replay comes late, and while it is paused nothing is
 * applied at all, whoever wants it. Safe for concurrent use.
 */
final class PausingGate implements ReplayGate {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Random random;
  private final int lagMaxMs;
  private boolean paused; // guarded by lock
  private boolean open; // guarded by lock

  /**
   * @param lagMaxMs how late the background replay comes at most, each time anew
   */
  PausingGate(long seed, int lagMaxMs) {
    this.random = new Random(seed);
    this.lagMaxMs = lagMaxMs;
  }

  /** Lets nothing be applied, or lets it go on. */
  void pause(boolean value) {
    lock.lock();
    try {
      paused = value;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Holds nothing back any more. */
  void open() {
    lock.lock();
    try {
      open = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void beforeBackground(int partition) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = random.nextInt(lagMaxMs + 1) * 1_000_000L;
      while (!open && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean mayApply(int partition, Deadline deadline) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (paused && !open && !deadline.passed()) {
        changed.awaitNanos(deadline.remainingNanos());
      }
      return open || !paused;
    } finally {
      lock.unlock();
    }
  }
}
