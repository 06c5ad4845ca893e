package io.vecraft.query;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.storage.read.StorageNodeView;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What reads and writes need of the cluster: one per process, shared by the query processor and the
 * write path, so that they share barriers and samples. Safe for concurrent use.
 */
public final class ClusterAccess {
  private final JournalApi journal;
  private final SamplingClock clock;
  private final CatalogSource catalogs;
  private final Barriers barriers;
  private final Replicas replicas;
  private final AtomicLong catalogOffset = new AtomicLong();

  /**
   * Access to a cluster.
   *
   * @param nodes the storage nodes that are known, asked for whenever they are needed
   */
  public ClusterAccess(
      JournalApi journal,
      SamplingClock clock,
      CatalogSource catalogs,
      Supplier<? extends List<? extends StorageNodeView>> nodes) {
    this.journal = journal;
    this.clock = clock;
    this.catalogs = catalogs;
    this.barriers = new Barriers(journal, clock);
    this.replicas = new Replicas(nodes);
  }

  public JournalApi journal() {
    return journal;
  }

  public SamplingClock clock() {
    return clock;
  }

  public CatalogSource catalogs() {
    return catalogs;
  }

  public Barriers barriers() {
    return barriers;
  }

  public Replicas replicas() {
    return replicas;
  }

  /** The catalog with every SYSTEM record up to the barrier's offset. */
  public Catalog catalogAt(Barriers.Barrier barrier) {
    if (catalogOffset.get() >= barrier.systemOffset()) {
      return catalogs.current();
    }
    Catalog catalog = catalogs.refresh();
    catalogOffset.accumulateAndGet(barrier.systemOffset(), Math::max);
    return catalog;
  }
}
