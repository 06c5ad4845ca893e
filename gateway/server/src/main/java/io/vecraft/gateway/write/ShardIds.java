package io.vecraft.gateway.write;

import io.vecraft.proto.journal.Operation;
import io.vecraft.storage.read.ShardId;
import java.util.Comparator;

/** Shards of operations. */
final class ShardIds {
  static final Comparator<ShardId> ORDER =
      Comparator.comparingLong(ShardId::collectionId).thenComparingInt(ShardId::shard);

  private ShardIds() {}

  static ShardId of(Operation operation) {
    return new ShardId(operation.getCollectionId(), operation.getShard());
  }
}
