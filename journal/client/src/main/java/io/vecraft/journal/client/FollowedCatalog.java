package io.vecraft.journal.client;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.meta.MetaStore;
import io.vecraft.journal.meta.SystemProjection;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.TailRequest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog of a cluster, kept up with the SYSTEM journal: what another process has changed is
 * known here moments later, whether anybody asks or not.
 */
public final class FollowedCatalog implements CatalogSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FollowedCatalog.class);
  private static final long ANYWAY_SECONDS = 10;

  private final SystemProjection projection;
  private final BlockingQueue<Boolean> news = new ArrayBlockingQueue<>(1);
  private final JournalApi.Subscription tail;
  private final Thread thread;

  private FollowedCatalog(SystemProjection projection, JournalConnection journal) {
    this.projection = projection;
    this.tail =
        journal
            .journal()
            .tail(
                TailRequest.newBuilder()
                    .setPartition(Partitions.SYSTEM)
                    .setRecordsOnly(true)
                    .build(),
                new Announcer());
    this.thread = Thread.ofVirtual().name("catalog").start(this::run);
  }

  /** Opens it; waits until SYSTEM answers. */
  public static FollowedCatalog open(MetaStore meta, JournalConnection journal) {
    SystemProjection projection =
        Attempts.until(
            "the SYSTEM journal",
            () ->
                Attempts.once(
                    () -> SystemProjection.open(meta, journal.journal(), journal.made())));
    return new FollowedCatalog(projection, journal);
  }

  private final class Announcer implements JournalApi.TailListener {
    @Override
    public void onRecords(PullResponse batch) {
      // One that waits is enough: a refresh takes all that has come.
      boolean added = batch.getRecordsCount() > 0 && news.offer(true);
      LOG.trace("records of SYSTEM, announced: {}", added);
    }

    @Override
    public void onEnd(Throwable cause) {
      LOG.warn("the tail of SYSTEM has ended; the catalog is refreshed from time to time", cause);
    }
  }

  private void run() {
    try {
      while (true) {
        Boolean announced = news.poll(ANYWAY_SECONDS, TimeUnit.SECONDS);
        try {
          projection.refresh();
        } catch (VecraftException e) {
          LOG.info("the catalog is not refreshed ({}): {}", announced, e.reason());
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("the catalog is no longer followed");
    }
  }

  @Override
  public Catalog current() {
    return projection.catalog();
  }

  @Override
  public Catalog refresh() {
    return projection.refresh();
  }

  @Override
  public void close() {
    tail.close();
    thread.interrupt();
  }
}
