package io.vecraft.storage.node;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TailRequest;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog of the newest SYSTEM record that can be seen, ahead of the partitions' frontiers.
 * Pulls on the thread of whoever waits, and when the tail announces something. Thread-safe.
 */
final class CatalogFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogFollower.class);
  private static final int PULL_RECORDS = 1_000;
  private static final long PULL_BYTES = 8L << 20;
  private static final long POLL_MS = 5;

  private final JournalApi journal;
  private final Consumer<Catalog> onChange;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by lock.
  private long nextOffset = 1;

  private volatile Catalog catalog;
  private volatile long closed;
  private Optional<JournalApi.Subscription> tail = Optional.empty();

  /**
   * @param onChange called with each newer catalog, one call at a time, before {@link #catalog()}
   *     returns it
   */
  CatalogFollower(JournalApi journal, Partitions partitions, Consumer<Catalog> onChange) {
    this.journal = journal;
    this.onChange = onChange;
    this.catalog = Catalog.empty(partitions);
  }

  /** Reads all there is and follows what comes. */
  void start() {
    refresh();
    tail =
        Optional.of(
            journal.tail(
                TailRequest.newBuilder()
                    .setPartition(Partitions.SYSTEM)
                    .setFromOffset(nextOffset)
                    .setRecordsOnly(true)
                    .build(),
                new JournalApi.TailListener() {
                  @Override
                  public void onRecords(PullResponse batch) {
                    refreshQuietly();
                  }

                  @Override
                  public void onEnd(Throwable cause) {
                    LOG.debug("tail of SYSTEM ended: {}", cause.toString());
                  }
                }));
  }

  private void refreshQuietly() {
    try {
      refresh();
    } catch (VecraftException e) {
      LOG.info("SYSTEM cannot be read for now: {}", e.toString());
    }
  }

  /** Takes over whatever SYSTEM has now. */
  private void refresh() {
    lock.lock();
    try {
      refreshLocked();
    } finally {
      lock.unlock();
    }
  }

  private void refreshLocked() {
    PullResponse response;
    do {
      response =
          journal.pull(
              PullRequest.newBuilder()
                  .setPartition(Partitions.SYSTEM)
                  .setFromOffset(nextOffset)
                  .setMaxRecords(PULL_RECORDS)
                  .setMaxBytes(PULL_BYTES)
                  .build());
      Catalog next = catalog;
      for (Record record : response.getRecordsList()) {
        next = next.apply(record);
      }
      nextOffset = Math.max(nextOffset, response.getNextOffset());
      if (next != catalog) {
        onChange.accept(next);
        catalog = next;
      }
      closed = Math.max(closed, response.getClosedStamp());
    } while (nextOffset <= response.getLastOffset());
  }

  Catalog catalog() {
    return catalog;
  }

  /** Waits until the catalog holds everything up to {@code stamp}. */
  void await(long stamp, Deadline deadline) {
    try {
      while (closed < stamp) {
        deadline.check("waiting for the catalog");
        if (lock.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
          try {
            if (closed < stamp) {
              refreshLocked();
            }
          } finally {
            lock.unlock();
          }
        }
        if (closed < stamp) {
          Thread.sleep(POLL_MS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting");
    }
  }

  @Override
  public void close() {
    tail.ifPresent(JournalApi.Subscription::close);
  }
}
