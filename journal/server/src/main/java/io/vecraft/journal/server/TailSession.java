package io.vecraft.journal.server;

import io.vecraft.journal.api.JournalApi.Subscription;
import io.vecraft.journal.api.JournalApi.TailListener;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.Position;
import io.vecraft.proto.journal.PullResponse;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;

/**
 * One open tail: a virtual thread that pulls and calls the listener, and sleeps at the end of the
 * log. It holds one message at a time; a slow listener slows it alone.
 *
 * <p>New records wake it at once. A closed stamp that moved without records is passed on too, if
 * that is wanted, at most every {@value #CLOSED_EVERY_MS} ms.
 */
final class TailSession implements Subscription {
  private static final long CLOSED_EVERY_MS = 50;

  private final CommittedLog log;
  private final boolean closes;
  private final LongFunction<PullResponse> pull;
  private final TailListener listener;
  private final Runnable onEnd;
  private final AtomicBoolean closeSeen = new AtomicBoolean();
  private final Thread thread;
  private volatile long nextOffset;
  private volatile boolean closed;
  private volatile Throwable cause = new CancellationException("closed");

  /**
   * A tail that is not started.
   *
   * @param closes whether closed stamps that moved without records are passed on
   * @param pull answers a pull from an offset on
   * @param onEnd called once when it has ended
   */
  TailSession(
      String name,
      CommittedLog log,
      long fromOffset,
      boolean closes,
      LongFunction<PullResponse> pull,
      TailListener listener,
      Runnable onEnd) {
    this.log = log;
    this.nextOffset = fromOffset;
    this.closes = closes;
    this.pull = pull;
    this.listener = listener;
    this.onEnd = onEnd;
    this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
  }

  TailSession start() {
    thread.start();
    return this;
  }

  private void run() {
    Runnable unsubscribe = log.onMove(this::moved);
    try {
      deliver();
    } catch (Throwable e) {
      cause = e;
    } finally {
      unsubscribe.run();
      onEnd.run();
      listener.onEnd(cause);
    }
  }

  private void deliver() {
    long closedSent = 0;
    long sentAt = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(CLOSED_EVERY_MS);
    while (!closed) {
      closeSeen.set(false);
      Position position = log.position();
      boolean records = position.offset() >= nextOffset;
      long wait = sentAt + TimeUnit.MILLISECONDS.toNanos(CLOSED_EVERY_MS) - System.nanoTime();
      boolean closedMoved = closes && position.closed() > closedSent;
      if (records || (closedMoved && wait <= 0)) {
        PullResponse batch = pull.apply(nextOffset);
        nextOffset = batch.getNextOffset();
        closedSent = batch.getClosedStamp();
        sentAt = System.nanoTime();
        listener.onRecords(batch);
      } else if (closedMoved) {
        LockSupport.parkNanos(this, wait);
      } else {
        LockSupport.park(this);
      }
    }
  }

  private void moved() {
    if (log.position().offset() >= nextOffset || (closes && closeSeen.compareAndSet(false, true))) {
      LockSupport.unpark(thread);
    }
  }

  /** Ends the tail, telling the listener why. */
  void end(Throwable reason) {
    cause = reason;
    close();
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
