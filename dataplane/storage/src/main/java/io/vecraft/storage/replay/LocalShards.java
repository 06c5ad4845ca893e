package io.vecraft.storage.replay;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.shard.ShardShape;
import io.vecraft.storage.shard.ShardState;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * The shards of one DATA partition in memory alone, without checkpoints or threads: for simulations
 * and for checks of what a log adds up to. Not thread-safe.
 */
public final class LocalShards implements MergeTarget, AutoCloseable {
  private final int dataPartition;
  private final Map<ShardId, ShardState> shards = new HashMap<>();

  public LocalShards(int dataPartition) {
    this.dataPartition = dataPartition;
  }

  @Override
  public Optional<ShardState> shard(ShardId shard) {
    return Optional.ofNullable(shards.get(shard));
  }

  /** The shards that exist. */
  public Map<ShardId, ShardState> shards() {
    return Map.copyOf(shards);
  }

  @Override
  public void merged(Catalog catalog, PartitionMerge.Offsets next) {
    for (CollectionState collection : catalog.collections()) {
      ShardShape shape = ShardShape.of(collection.getDefinition());
      for (ShardPlacement placement : collection.getPlacementsList()) {
        if (placement.getPartition() == dataPartition) {
          shards
              .computeIfAbsent(
                  new ShardId(collection.getId(), placement.getShard()),
                  id -> ShardState.create(id, shape))
              .define(shape.schema());
        }
      }
    }
    for (Iterator<ShardState> i = shards.values().iterator(); i.hasNext(); ) {
      ShardState shard = i.next();
      if (catalog.collection(shard.id().collectionId()).isEmpty()) {
        i.remove();
        shard.close();
      }
    }
  }

  @Override
  public void close() {
    shards.values().forEach(ShardState::close);
    shards.clear();
  }
}
