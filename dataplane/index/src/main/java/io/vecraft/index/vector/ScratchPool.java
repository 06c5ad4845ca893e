package io.vecraft.index.vector;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Scratch space that is used again and again. Whoever works on an index has borrowed some, so the
 * pool also knows when nobody does any longer: {@link #close} waits for that, and memory that is
 * freed after it is read by nobody. Thread-safe.
 */
final class ScratchPool implements AutoCloseable {
  private static final long WAIT_NANOS = 50_000;

  private final Supplier<Scratch> maker;
  private final Queue<Scratch> idle = new ConcurrentLinkedQueue<>();
  private final Queue<Scratch> all = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  ScratchPool(Supplier<Scratch> maker) {
    this.maker = maker;
  }

  /**
   * Takes one, to be given back.
   *
   * @throws IllegalStateException once the pool is closed
   */
  Scratch borrow() {
    Scratch scratch = idle.poll();
    if (scratch == null) {
      scratch = maker.get();
      all.add(scratch);
    }
    // Said before the look at closed: then either this thread sees it, or close sees this thread.
    scratch.inUse = true;
    if (closed) {
      scratch.inUse = false;
      throw new IllegalStateException("the index is closed");
    }
    return scratch;
  }

  void giveBack(Scratch scratch) {
    scratch.inUse = false;
    idle.add(scratch);
  }

  /** Lends no more and waits until all have been given back. Idempotent. */
  @Override
  public void close() {
    closed = true;
    for (Scratch scratch : all) {
      while (scratch.inUse) {
        LockSupport.parkNanos(WAIT_NANOS);
      }
    }
  }
}
