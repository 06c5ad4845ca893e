package io.vecraft.journal.time;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.concurrent.TimeUnit;

/**
 * A moment on the monotonic clock by which an answer is due.
 *
 * @param nanos value of {@link System#nanoTime()} at the deadline
 */
public record Deadline(long nanos) {

  /** The deadline that many milliseconds from now. */
  public static Deadline afterMillis(long ms) {
    return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms));
  }

  /** Nanoseconds left, negative once passed. */
  public long remainingNanos() {
    return nanos - System.nanoTime();
  }

  public boolean passed() {
    return remainingNanos() <= 0;
  }

  /** Throws {@code deadline_exceeded} once passed; {@code what} says what was being waited for. */
  public void check(String what) {
    if (passed()) {
      throw new VecraftException(ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while " + what);
    }
  }
}
