package io.vecraft.cluster;

import io.vecraft.gateway.call.Health;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.ReplicaMap;
import io.vecraft.journal.time.StampClock;
import io.vecraft.storage.node.StorageNode;
import io.vecraft.storage.read.ShardReader;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a storage node has caught up since it started: every replica that it is to serve has
 * reached a stamp that the clock gave after the start. It has for good then: how far it is behind
 * later is told by its metrics. Safe for concurrent use.
 */
final class ReplayStatus implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayStatus.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final long ANSWER_SECONDS = 2;

  private final StorageNode storage;
  private final StampClock clock;
  private final Thread thread;
  private volatile Optional<String> problem = Optional.of("the clock has not answered yet");

  private ReplayStatus(StorageNode storage, StampClock clock) {
    this.storage = storage;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("replay-status").unstarted(this::run);
  }

  static ReplayStatus start(StorageNode storage, StampClock clock) {
    var status = new ReplayStatus(storage, clock);
    status.thread.start();
    return status;
  }

  /** For {@code /readyz}. */
  Health.Check check() {
    return new Health.Check("replay", () -> problem);
  }

  private void run() {
    try {
      long goal = 0;
      while (problem.isPresent()) {
        goal = goal == 0 ? ask() : goal;
        problem = goal == 0 ? problem : behind(goal);
        Thread.sleep(LOOK_EVERY);
      }
      LOG.info("every replica has caught up");
    } catch (InterruptedException e) {
      LOG.debug("ended before every replica had caught up");
    }
  }

  private long ask() throws InterruptedException {
    try {
      return clock.ask().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return 0;
    }
  }

  private Optional<String> behind(long goal) {
    Catalog catalog = storage.catalog();
    long count =
        storage.replicas().stream()
            .filter(replica -> serves(catalog, replica) && replica.frontier() < goal)
            .count();
    return count == 0
        ? Optional.empty()
        : Optional.of(count + " replicas have not caught up since the start");
  }

  /** One that joins is nobody's loss. */
  private boolean serves(Catalog catalog, ShardReader replica) {
    return catalog
        .collection(replica.shard().collectionId())
        .map(c -> c.getPlacements(replica.shard().shard()))
        .map(placement -> ReplicaMap.serves(placement, storage.name()))
        .orElse(false);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
