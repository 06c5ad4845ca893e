package io.vecraft.journal.server;

import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ShardFilter;
import io.vecraft.proto.journal.ShardKey;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/** Which records a reader of some shards needs. */
final class ShardFilters {
  private ShardFilters() {}

  /** Passes records with an operation on one of the shards, or on no shard in particular. */
  static Predicate<Record> of(ShardFilter filter) {
    if (filter.getShardsCount() == 0) {
      return record -> true;
    }
    Set<ShardKey> shards = new HashSet<>(filter.getShardsList());
    Set<Long> collections = new HashSet<>();
    shards.forEach(s -> collections.add(s.getCollectionId()));
    return record ->
        record.getOperationsList().stream().anyMatch(o -> concerns(o, shards, collections));
  }

  private static boolean concerns(
      Operation operation, Set<ShardKey> shards, Set<Long> collections) {
    return switch (operation.getKindCase()) {
      case UPSERT, PATCH, DELETE, OPEN_SHARD, SEAL_SHARD, REMEMBER_REQUESTS ->
          shards.contains(
              ShardKey.newBuilder()
                  .setCollectionId(operation.getCollectionId())
                  .setShard(operation.getShard())
                  .build());
      case FENCE_COLLECTION -> collections.contains(operation.getCollectionId());
      default -> true;
    };
  }
}
