package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.Stamp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refuses what would exceed the limits, before anything was done. Safe for concurrent use. */
final class Admission {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);
  private static final long DISK_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final JournalLimits limits;
  private final Path directory;
  private final FileAccess files;
  private final List<SegmentStore> stores = new CopyOnWriteArrayList<>();
  private final AtomicLong inFlightBytes = new AtomicLong();
  private final AtomicLong diskCheckedAt = new AtomicLong(System.nanoTime() - DISK_EVERY_NANOS);
  private volatile String diskProblem = "";

  Admission(JournalLimits limits, Path directory, FileAccess files) {
    this.limits = limits;
    this.directory = directory;
    this.files = files;
  }

  /** Counts what a store holds. */
  void count(SegmentStore store) {
    stores.add(store);
  }

  /** Counts it no more. */
  void forget(SegmentStore store) {
    stores.remove(store);
  }

  /** Lets a request in, which {@link #leave} ends, or says why not. */
  Optional<VecraftException> enter(long bytes) {
    checkDisk();
    String problem = diskProblem;
    if (!problem.isEmpty()) {
      return Optional.of(new VecraftException(ErrorCode.BACK_PRESSURE, problem));
    }
    long before = inFlightBytes.getAndAdd(bytes);
    // One request alone is always let in, or a large one would never be.
    if (before > 0 && before + bytes > limits.inFlightBytes()) {
      inFlightBytes.addAndGet(-bytes);
      return Optional.of(
          new VecraftException(
              ErrorCode.BACK_PRESSURE,
              "%d bytes of appends are in flight, the limit is %d"
                  .formatted(before, limits.inFlightBytes())));
    }
    return Optional.empty();
  }

  void leave(long bytes) {
    inFlightBytes.addAndGet(-bytes);
  }

  long inFlightBytes() {
    return inFlightBytes.get();
  }

  /** Whether a stamp can have come from the clock that has just answered {@code now}. */
  static boolean plausible(long stamp, long now) {
    return stamp >= 0 && Stamp.millis(stamp) <= Stamp.millis(now) + QuorumClock.AHEAD_MAX_MILLIS;
  }

  private void checkDisk() {
    long checked = diskCheckedAt.get();
    long now = System.nanoTime();
    if (now - checked < DISK_EVERY_NANOS || !diskCheckedAt.compareAndSet(checked, now)) {
      return;
    }
    long held = stores.stream().mapToLong(SegmentStore::bytes).sum();
    if (held > limits.diskBytes()) {
      diskProblem =
          "the journal holds %d bytes, the limit is %d".formatted(held, limits.diskBytes());
      return;
    }
    try {
      long free = files.usableBytes(directory);
      diskProblem =
          free < limits.diskReserveBytes()
              ? "%d bytes are free on the journal's disk, %d are kept in reserve"
                  .formatted(free, limits.diskReserveBytes())
              : "";
    } catch (IOException e) {
      log.warn("cannot read the free space of {}", directory, e);
    }
  }
}
