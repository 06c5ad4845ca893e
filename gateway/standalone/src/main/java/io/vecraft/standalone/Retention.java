package io.vecraft.standalone;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.storage.node.StorageNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the oldest segments of the journal: those of which no storage node would need a record if
 * it lost its last checkpoint of any shard, that the time-travel window of no collection reaches,
 * and that are more than is to be kept. Where there is no archive that is the end of them.
 */
final class Retention implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final long WINDOW_DEFAULT_S = 3_600;

  private final JournalServer journal;
  private final StampClock clock;
  private final Supplier<Catalog> catalog;
  private final List<StorageNode> nodes;
  private final long keepBytes;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("journal-retention").daemon().factory());

  /**
   * @param keepBytes bytes of each partition that are kept; 0: nothing is ever removed
   */
  Retention(
      JournalServer journal,
      StampClock clock,
      Supplier<Catalog> catalog,
      List<StorageNode> nodes,
      long keepBytes) {
    this.journal = journal;
    this.clock = clock;
    this.catalog = catalog;
    this.nodes = nodes;
    this.keepBytes = keepBytes;
    if (keepBytes > 0) {
      long seconds = INTERVAL.toSeconds();
      thread.scheduleWithFixedDelay(this::guarded, seconds, seconds, TimeUnit.SECONDS);
    }
  }

  private void guarded() {
    try {
      truncate();
    } catch (RuntimeException e) {
      LOG.warn("old segments of the journal cannot be removed for now", e);
    }
  }

  /** Removes what may go; returns how many segments that were. */
  int truncate() {
    Catalog now = catalog.get();
    long windowS =
        now.collections().stream()
            .mapToLong(c -> c.getDefinition().getTimeTravelWindowS())
            .map(s -> s == 0 ? WINDOW_DEFAULT_S : s)
            .max()
            .orElse(WINDOW_DEFAULT_S);
    long millis = Math.max(0, Stamp.millis(clock.latest()) - windowS * 1_000);
    long belowStamp = Stamp.of(millis, 0, 0);
    var partitions = new ArrayList<Integer>(now.partitions().data());
    partitions.add(Partitions.TRANSACTION);
    int removed = 0;
    for (int partition : partitions) {
      long needed = nodes.stream().mapToLong(n -> n.neededOffset(partition)).min().orElse(1);
      removed += journal.truncate(partition, needed, belowStamp, keepBytes);
    }
    return removed;
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
        LOG.warn("the removal of segments does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
