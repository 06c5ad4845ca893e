package io.vecraft.journal.meta;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog of the SYSTEM journal, in memory, and its projection in a {@link MetaStore}.
 *
 * <p>The catalog in memory follows the journal and never goes back; the store follows the memory. A
 * store that is away, behind or lost changes nothing here: it is brought up to date when it answers
 * again, from the journal alone. Several processes may project into one store.
 *
 * <p>Safe for concurrent use; {@link #catalog()} never waits.
 */
public final class SystemProjection {
  private static final Logger LOG = LoggerFactory.getLogger(SystemProjection.class);
  private static final int PULL_RECORDS = 1000;
  private static final long PULL_BYTES = 8 << 20;

  /** Used under the lock, or while {@code behind} by the one who is catching up. */
  private final StoredCatalog stored;

  private final AtomicBoolean catchingUp = new AtomicBoolean();
  private final JournalApi journal;
  private final ReentrantLock lock = new ReentrantLock();
  private long nextOffset = 1; // guarded by lock
  private boolean behind; // guarded by lock: the store is known not to have the catalog
  private volatile Catalog catalog;

  private SystemProjection(StoredCatalog stored, JournalApi journal, Partitions partitions) {
    this.stored = stored;
    this.journal = journal;
    this.catalog = Catalog.empty(partitions);
  }

  /** Reads what the store has, if it answers, and applies what the journal has beyond it. */
  public static SystemProjection open(MetaStore store, JournalApi journal, Partitions partitions) {
    var projection =
        new SystemProjection(new StoredCatalog(store, partitions), journal, partitions);
    projection.load();
    projection.refresh();
    return projection;
  }

  private void load() {
    lock.lock();
    try {
      stored
          .load()
          .ifPresent(found -> {
            nextOffset = found.nextOffset();
            catalog = found.catalog();
          });
    } catch (MetaStoreException e) {
      LOG.warn("the metadata store cannot be read; the catalog is read from the journal", e);
      behind = true;
    } finally {
      lock.unlock();
    }
  }

  /** The catalog as of the last refresh. */
  public Catalog catalog() {
    return catalog;
  }

  /** Applies every SYSTEM record that is committed by now; returns the catalog after them. */
  public Catalog refresh() {
    lock.lock();
    try {
      Catalog before = catalog;
      PullResponse batch;
      do {
        batch =
            journal.pull(
                PullRequest.newBuilder()
                    .setPartition(Partitions.SYSTEM)
                    .setFromOffset(nextOffset)
                    .setMaxRecords(PULL_RECORDS)
                    .setMaxBytes(PULL_BYTES)
                    .build());
        for (Record record : batch.getRecordsList()) {
          catalog = catalog.apply(record);
        }
        nextOffset = batch.getNextOffset();
      } while (batch.getNextOffset() <= batch.getLastOffset());
      if (behind) {
        // A store that is away must not keep anybody waiting.
        catchUp();
      } else if (catalog != before) {
        project();
      }
      return catalog;
    } finally {
      lock.unlock();
    }
  }

  /** Tries once, in the background, to bring the store to where the catalog is. */
  private void catchUp() {
    if (catchingUp.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("catalog-store")
          .start(() -> {
            try {
              while (isBehind()) {
                StoredCatalog.Position wanted = position();
                stored.store(wanted);
                reached(wanted);
              }
            } catch (MetaStoreException | IllegalStateException e) {
              LOG.debug("the metadata store is still away", e);
            } finally {
              catchingUp.set(false);
            }
          });
    }
  }

  private boolean isBehind() {
    lock.lock();
    try {
      return behind;
    } finally {
      lock.unlock();
    }
  }

  private StoredCatalog.Position position() {
    lock.lock();
    try {
      return new StoredCatalog.Position(nextOffset, catalog);
    } finally {
      lock.unlock();
    }
  }

  private void reached(StoredCatalog.Position position) {
    lock.lock();
    try {
      if (position.nextOffset() == nextOffset) {
        behind = false;
        LOG.info("the metadata store is up to date again");
      }
    } finally {
      lock.unlock();
    }
  }

  /** The first who finds the store away waits for it; from then on {@link #catchUp} does. */
  private void project() {
    try {
      stored.store(new StoredCatalog.Position(nextOffset, catalog));
    } catch (MetaStoreException e) {
      LOG.warn("the metadata store is behind the journal until it answers again", e);
      behind = true;
    }
  }
}
