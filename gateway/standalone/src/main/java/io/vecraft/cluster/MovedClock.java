package io.vecraft.cluster;

import io.vecraft.journal.time.MachineTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine's clock, moved by as many milliseconds as a file says: for experiments with clocks
 * that are wrong. The file may change at any time and is looked at every {@value
 * #LOOK_EVERY_MILLIS} ms at most; without it the clock is as it is. Safe for concurrent use.
 */
final class MovedClock implements MachineTime {
  private static final Logger LOG = LoggerFactory.getLogger(MovedClock.class);
  private static final long LOOK_EVERY_MILLIS = 50;

  private final Path file;
  private volatile long lookedAt;
  private volatile long offsetMillis;

  MovedClock(Path file) {
    this.file = file;
    look();
  }

  @Override
  public long millis() {
    if (System.nanoTime() - lookedAt > TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MILLIS)) {
      look();
    }
    return MachineTime.SYSTEM.millis() + offsetMillis;
  }

  private synchronized void look() {
    lookedAt = System.nanoTime();
    long before = offsetMillis;
    try {
      offsetMillis = Long.parseLong(Files.readString(file).strip());
    } catch (NoSuchFileException e) {
      offsetMillis = 0;
    } catch (IOException | NumberFormatException e) {
      // Perhaps it is just being written.
      LOG.debug("{} holds no number of milliseconds", file, e);
    }
    if (offsetMillis != before) {
      LOG.warn("for an experiment the clock is moved by {} ms", offsetMillis);
    }
  }
}
