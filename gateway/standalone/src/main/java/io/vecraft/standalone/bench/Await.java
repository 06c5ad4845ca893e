package io.vecraft.standalone.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another process does. */
final class Await {
  private static final long LIMIT_NS = Duration.ofMinutes(30).toNanos();
  private static final long PAUSE_NS = Duration.ofMillis(20).toNanos();

  private Await() {}

  /**
   * Returns once it is so.
   *
   * @throws IllegalStateException after half an hour
   */
  static void until(BooleanSupplier so, String what) {
    long end = System.nanoTime() + LIMIT_NS;
    while (!so.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("waited in vain for " + what);
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
  }
}
