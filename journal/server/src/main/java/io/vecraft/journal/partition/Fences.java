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
 * Who may write to a partition: the shards that are open in it with their epochs and schemas, those
 * that were and are sealed, and the collections that are fenced for good.
 *
 * <p>A shard at its first epoch is opened by whoever finds it closed. At a later one it comes from
 * another partition, which has sealed it, and is opened by whoever has handed over what that
 * remembers. A seal holds for its epoch and all before.
 *
 * <p>TRANSACTION owns no shards; an {@code OpenShard} there only sets the oldest schema that it
 * takes operations of the collection under.
 */
final class Fences {
  private static final int FIRST_EPOCH = 1;

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
            case SEAL_SHARD -> refuseSeal(operation);
            case REMEMBER_REQUESTS ->
                fenced.contains(operation.getCollectionId())
                    ? Optional.of(fencedNow(operation))
                    : Optional.empty();
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
      return Optional.of(fencedNow(operation));
    }
    Owned owned = shards.get(shard(operation));
    if (role == PartitionRole.DATA) {
      if (owned == null) {
        return Optional.of(
            "shard %d of collection %d is not open".formatted(operation.getShard(), collection));
      }
      if (owned.sealed) {
        return Optional.of(sealedNow(operation, owned));
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
      return Optional.of(fencedNow(operation));
    }
    Owned owned = shards.get(shard(operation));
    int epoch = operation.getOpenShard().getEpoch();
    if (owned != null && epoch < owned.epoch) {
      return Optional.of(laterThan(operation, owned));
    }
    if (owned != null && epoch == owned.epoch) {
      return owned.sealed ? Optional.of(sealedNow(operation, owned)) : Optional.empty();
    }
    return epoch > FIRST_EPOCH && !operation.getOpenShard().getHandedOver()
        ? Optional.of(
            "shard %d of collection %d is not handed over at epoch %d yet"
                .formatted(operation.getShard(), operation.getCollectionId(), epoch))
        : Optional.empty();
  }

  private Optional<String> refuseSeal(Operation operation) {
    Owned owned = shards.get(shard(operation));
    return owned != null && operation.getSealShard().getEpoch() < owned.epoch
        ? Optional.of(laterThan(operation, owned))
        : Optional.empty();
  }

  private static String fencedNow(Operation operation) {
    return "collection " + operation.getCollectionId() + " is fenced";
  }

  private static String sealedNow(Operation operation, Owned owned) {
    return "shard %d of collection %d is sealed at epoch %d"
        .formatted(operation.getShard(), operation.getCollectionId(), owned.epoch);
  }

  private static String laterThan(Operation operation, Owned owned) {
    return "shard %d of collection %d is at epoch %d"
        .formatted(operation.getShard(), operation.getCollectionId(), owned.epoch);
  }

  void open(Operation operation) {
    var opened =
        new Owned(
            operation.getOpenShard().getEpoch(), operation.getOpenShard().getSchemaStamp(), false);
    shards.merge(
        shard(operation),
        opened,
        (a, b) -> new Owned(b.epoch, Math.max(a.schemaStamp, b.schemaStamp), false));
  }

  void seal(Operation operation) {
    if (!fenced.contains(operation.getCollectionId())) {
      var sealed = new Owned(operation.getSealShard().getEpoch(), 0, true);
      shards.merge(shard(operation), sealed, (a, b) -> new Owned(b.epoch, a.schemaStamp, true));
    }
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
                    .setSchemaStamp(owned.schemaStamp)
                    .setSealed(owned.sealed)));
    snapshot.addAllFencedCollections(fenced);
  }

  void restore(PartitionSnapshot snapshot) {
    for (OwnedShard s : snapshot.getShardsList()) {
      shards.put(
          new Shard(s.getCollectionId(), s.getShard()),
          new Owned(s.getEpoch(), s.getSchemaStamp(), s.getSealed()));
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

  private record Owned(int epoch, long schemaStamp, boolean sealed) {}
}
