package io.vecraft.standalone.bench;

import io.vecraft.storage.replay.ReplayGate;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Holds the background replay of a node back while it is told to. Thread-safe. */
final class HeldReplay implements ReplayGate {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition opened = lock.newCondition();
  // Guarded by the lock.
  private boolean held;

  void hold() {
    lock.lock();
    try {
      held = true;
    } finally {
      lock.unlock();
    }
  }

  void open() {
    lock.lock();
    try {
      held = false;
      opened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void beforeBackground(int partition) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (held) {
        opened.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
