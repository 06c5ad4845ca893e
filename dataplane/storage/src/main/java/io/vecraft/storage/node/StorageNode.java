package io.vecraft.storage.node;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.StampClock;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.List;
import java.util.Optional;

/**
 * A storage node: a replica of every shard that the SYSTEM log knows, fed from the journal.
 *
 * <p>Safe for concurrent use.
 */
public final class StorageNode implements StorageNodeView, AutoCloseable {
  private final StorageConfig config;

  private StorageNode(StorageConfig config) {
    this.config = config;
  }

  /**
   * Opens the directory, maps the checkpoints in it and starts to replay. Readers can be had when
   * it returns.
   */
  public static StorageNode open(StorageConfig config, JournalApi journal, StampClock clock) {
    throw new UnsupportedOperationException("not built yet");
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public Optional<ShardReader> reader(ShardId shard) {
    return Optional.empty();
  }

  @Override
  public List<ShardReader> readers() {
    return List.of();
  }

  @Override
  public Catalog catalog() {
    return Catalog.empty(config.partitions());
  }

  @Override
  public void awaitCatalog(long stamp, Deadline deadline) {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Writes checkpoints of all shards that have changed and returns when they are durable. */
  public void checkpoint() {
    throw new UnsupportedOperationException("not built yet");
  }

  @Override
  public void close() {}
}
