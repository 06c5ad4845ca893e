package io.vecraft.journal.server;

import io.vecraft.journal.api.JournalApi.Subscription;
import io.vecraft.journal.api.JournalApi.TailListener;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.Position;
import io.vecraft.proto.journal.PullResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;

/**
 * One open tail: a virtual thread that pulls and calls the listener, and sleeps at the end of the
 * log. It holds one message at a time; a slow listener slows it alone.
 *
 * <p>New records wake it at once. A closed stamp that moved without records is passed on too, if
 * that is wanted, a while after the last message.
 */
final class TailSession implements Subscription {
  private final CommittedLog log;
  private final Optional<Duration> closesAfter;
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
   * @param closesAfter closed stamps that moved without records are passed on, this long after the
   *     message before; empty: never
   * @param pull answers a pull from an offset on
   * @param onEnd called once when it has ended
   */
  TailSession(
      String name,
      CommittedLog log,
      long fromOffset,
      Optional<Duration> closesAfter,
      LongFunction<PullResponse> pull,
      TailListener listener,
      Runnable onEnd) {
    this.log = log;
    this.nextOffset = fromOffset;
    this.closesAfter = closesAfter;
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
    long pause = closesAfter.map(Duration::toNanos).orElse(0L);
    long sentAt = System.nanoTime() - pause;
    while (!closed) {
      closeSeen.set(false);
      Position position = log.position();
      boolean records = position.offset() >= nextOffset;
      long wait = sentAt + pause - System.nanoTime();
      boolean closedMoved = closesAfter.isPresent() && position.closed() > closedSent;
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
    if (log.position().offset() >= nextOffset
        || (closesAfter.isPresent() && closeSeen.compareAndSet(false, true))) {
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
