package io.vecraft.journal.partition;

import io.vecraft.error.ErrorCode;
import io.vecraft.journal.partition.Decision.Rejected;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.OwnedShard;
import io.vecraft.proto.journal.PartitionRole;
import io.vecraft.proto.journal.PartitionSnapshot;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who may write to a partition: the shards that are open in it with their epochs and schemas, and
 * the collections that are fenced for good.
 *
 * <p>TRANSACTION owns no shards; an {@code OpenShard} there only sets the oldest schema that it
 * takes operations of the collection under.
 */
final class Fences {
  private final PartitionRole role;
  private final Map<Shard, Owned> shards = new HashMap<>();
  private final TreeSet<Long> fenced = new TreeSet<>();

  Fences(PartitionRole role) {
    this.role = role;
  }

  /** The reason to refuse the operations, if there is one. */
  Optional<Decision> refuse(List<Operation> operations) {
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      Optional<String> reason =
          switch (operation.getKindCase()) {
            case UPSERT, PATCH, DELETE -> refuseWrite(operation);
            case OPEN_SHARD -> refuseOpen(operation);
            default -> Optional.empty();
          };
      if (reason.isPresent()) {
        return Optional.of(new Rejected(ErrorCode.MOVED, reason.get(), "operations[" + i + "]"));
      }
    }
    return Optional.empty();
  }

  private Optional<String> refuseWrite(Operation operation) {
    long collection = operation.getCollectionId();
    if (fenced.contains(collection)) {
      return Optional.of("collection " + collection + " is fenced");
    }
    Owned owned = shards.get(shard(operation));
    if (role == PartitionRole.DATA) {
      if (owned == null) {
        return Optional.of(
            "shard %d of collection %d is not open".formatted(operation.getShard(), collection));
      }
      if (owned.epoch != operation.getShardEpoch()) {
        return Optional.of(
            "shard %d of collection %d is at epoch %d, not %d"
                .formatted(
                    operation.getShard(), collection, owned.epoch, operation.getShardEpoch()));
      }
    }
    return owned != null && operation.getSchemaStamp() < owned.schemaStamp
        ? Optional.of("the schema of collection " + collection + " has changed")
        : Optional.empty();
  }

  private Optional<String> refuseOpen(Operation operation) {
    if (fenced.contains(operation.getCollectionId())) {
      return Optional.of("collection " + operation.getCollectionId() + " is fenced");
    }
    Owned owned = shards.get(shard(operation));
    return owned != null && operation.getOpenShard().getEpoch() < owned.epoch
        ? Optional.of(
            "shard %d of collection %d is at epoch %d"
                .formatted(operation.getShard(), operation.getCollectionId(), owned.epoch))
        : Optional.empty();
  }

  void open(Operation operation) {
    var opened =
        new Owned(operation.getOpenShard().getEpoch(), operation.getOpenShard().getSchemaStamp());
    shards.merge(
        shard(operation),
        opened,
        (a, b) -> new Owned(b.epoch, Math.max(a.schemaStamp, b.schemaStamp)));
  }

  void fence(long collection) {
    fenced.add(collection);
    shards.keySet().removeIf(s -> s.collection == collection);
  }

  void save(PartitionSnapshot.Builder snapshot) {
    new TreeMap<>(shards)
        .forEach((shard, owned) ->
            snapshot.addShards(
                OwnedShard.newBuilder()
                    .setCollectionId(shard.collection)
                    .setShard(shard.number)
                    .setEpoch(owned.epoch)
                    .setSchemaStamp(owned.schemaStamp)));
    snapshot.addAllFencedCollections(fenced);
  }

  void restore(PartitionSnapshot snapshot) {
    for (OwnedShard s : snapshot.getShardsList()) {
      shards.put(
          new Shard(s.getCollectionId(), s.getShard()),
          new Owned(s.getEpoch(), s.getSchemaStamp()));
    }
    fenced.addAll(snapshot.getFencedCollectionsList());
  }

  private Shard shard(Operation operation) {
    int number = role == PartitionRole.DATA ? operation.getShard() : 0;
    return new Shard(operation.getCollectionId(), number);
  }

  private record Shard(long collection, int number) implements Comparable<Shard> {
    @Override
    public int compareTo(Shard other) {
      return Comparator.comparingLong(Shard::collection)
          .thenComparingInt(Shard::number)
          .compare(this, other);
    }
  }

  private record Owned(int epoch, long schemaStamp) {}
}
