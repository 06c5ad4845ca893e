package io.vecraft.control;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.journal.client.ShardMove;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.ShardPlacement;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings shards to the DATA partitions that SYSTEM wants them in, one after the other, while this
 * process is in control ({@link ShardMove}). One that cannot be moved now does not hold up the
 * others. One thread of its own does it all.
 */
final class ShardMoveLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardMoveLoop.class);
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final long CLOSE_MS = 10_000;

  private final CatalogSource catalogs;
  private final Supplier<OptionalLong> control;
  private final ShardMove move;
  private final Duration interval;
  private final AtomicLong moved = new AtomicLong();
  private final Thread thread;
  private String trouble = ""; // of the thread

  private ShardMoveLoop(
      Surroundings around,
      JournalApi journal,
      CatalogSource catalogs,
      Supplier<OptionalLong> control,
      Duration interval) {
    this.catalogs = catalogs;
    this.control = control;
    this.move = new ShardMove(journal, catalogs::refresh, "control/" + around.name(), ANSWER);
    this.interval = interval;
    this.thread = around.thread("control-shards", this::run);
  }

  /**
   * Starts it.
   *
   * @param control the epoch while this process is in control
   */
  static ShardMoveLoop start(
      Surroundings around,
      JournalApi journal,
      CatalogSource catalogs,
      Supplier<OptionalLong> control,
      Duration interval) {
    var loop = new ShardMoveLoop(around, journal, catalogs, control, interval);
    loop.thread.start();
    return loop;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(interval);
        pass();
      }
    } catch (InterruptedException e) {
      LOG.debug("shards are not moved any more");
    }
  }

  private void pass() throws InterruptedException {
    OptionalLong epoch = control.get();
    if (epoch.isEmpty()) {
      return;
    }
    Catalog catalog = catalogs.current();
    for (CollectionState collection : catalog.collections()) {
      for (ShardPlacement shard : collection.getPlacementsList()) {
        if (ShardHomes.isMoving(shard) && control.get().equals(epoch)) {
          carryThrough(collection, shard, epoch.getAsLong());
        }
      }
    }
  }

  private void carryThrough(CollectionState collection, ShardPlacement shard, long epoch)
      throws InterruptedException {
    try {
      // What was seen may be of before the last step.
      Catalog newest = catalogs.refresh();
      ShardPlacement now = newest.requireShard(collection.getId(), shard.getShard());
      if (ShardHomes.isMoving(now)) {
        move.carryThrough(collection, now, epoch);
        moved.incrementAndGet();
        trouble = "";
      }
    } catch (VecraftException e) {
      if (e.code() == ErrorCode.COLLECTION_NOT_FOUND) {
        LOG.debug("dropped meanwhile: collection {}", collection.getId());
        return;
      }
      String now =
          "shard %d of %s is not in partition %d yet: %s"
              .formatted(
                  shard.getShard(),
                  collection.getDefinition().getName(),
                  shard.getMovingTo(),
                  e.reason());
      if (!trouble.equals(now)) {
        LOG.info("{}", now);
      }
      trouble = now;
    } catch (RuntimeException e) {
      LOG.error("moving a shard failed", e);
    }
  }

  /** Shards brought to their partition since the start. */
  long moved() {
    return moved.get();
  }

  @Override
  public void close() throws Exception {
    thread.interrupt();
    thread.join(Duration.ofMillis(CLOSE_MS));
  }
}
