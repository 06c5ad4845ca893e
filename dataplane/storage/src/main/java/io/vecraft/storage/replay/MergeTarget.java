package io.vecraft.storage.replay;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.proto.journal.Record;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.shard.ShardState;
import java.util.Optional;

/** What a merge of partitions writes to. Called by one thread at a time. */
public interface MergeTarget {

  /** The state of a shard that this merge feeds; empty when it has no replica here. */
  Optional<ShardState> shard(ShardId shard);

  /**
   * The catalog has changed at this place of the order: shards are made, take another definition
   * into use, come to another DATA partition, or go. The frontier is still below it.
   *
   * @param catalog whose stamp is that place
   * @param next where a merge would go on that has applied all up to here; of its DATA partition
   *     only if it merges the same
   */
  void merged(Catalog catalog, PartitionMerge.Offsets next);

  /**
   * A DATA record has come and will be applied later: a hint to do ahead what does not depend on
   * the order. What is returned is handed to {@link ShardState#apply} with the record: an ordinal
   * of a vector stored already for each operation, or -1.
   */
  default int[] prepare(Record record) {
    return NOTHING;
  }

  /**
   * A stored block of a shard turned out to be damaged while a record was applied. The shard must
   * not be given to the merge again.
   */
  default void damaged(ShardState shard, DamagedBlockException damage) {
    throw damage;
  }

  /** Nothing was prepared. */
  int[] NOTHING = new int[0];
}
