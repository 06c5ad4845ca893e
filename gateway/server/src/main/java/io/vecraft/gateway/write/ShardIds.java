package io.vecraft.gateway.write;

import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.storage.read.ShardId;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Shards of operations. */
final class ShardIds {
  static final Comparator<ShardId> ORDER =
      Comparator.comparingLong(ShardId::collectionId).thenComparingInt(ShardId::shard);

  private ShardIds() {}

  /** The numbers of all shards of a collection. */
  static List<Integer> numbers(CollectionState collection) {
    return IntStream.range(0, collection.getPlacementsCount()).boxed().toList();
  }

  static ShardId of(Operation operation) {
    return new ShardId(operation.getCollectionId(), operation.getShard());
  }
}
