package io.vecraft.storage.node;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.replay.MergeTarget;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.replay.PartitionReplay;
import io.vecraft.storage.shard.Preconditions;
import io.vecraft.storage.shard.ShardState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The replicas that one replay feeds. The replay calls it with its lock held; {@link #announced}
 * may come from any thread.
 */
final class PartitionTarget implements MergeTarget {
  /** What a target asks of its node. */
  interface Owner {
    /**
     * Makes the replica of a shard, fed by the target. Nothing when there is one already: then
     * another target feeds it, or will once it is rebuilt, and two must never feed the same.
     */
    void open(CollectionState collection, ShardId shard, PartitionTarget target);

    /**
     * A shard that was fed by the target is in another DATA partition from this place of the order
     * on, and everything up to the catalog's stamp is in the replica. Has another target feed it;
     * this one does not any more.
     *
     * @param placement where it is now
     * @param next as {@link MergeTarget#merged} has it
     */
    void rehomed(
        ShardReplica replica,
        ShardPlacement placement,
        Catalog catalog,
        PartitionMerge.Offsets next);

    /** A shard is no more. */
    void dropped(ShardReplica replica);

    /** A stored block is damaged. */
    void damaged(ShardReplica replica, DamagedBlockException damage);
  }

  private final int partition;
  private final Owner owner;
  private final Map<ShardId, ShardReplica> fed = new ConcurrentHashMap<>();

  /** Whether shards of new collections are fed by this target. */
  private final boolean takesNew;

  // Guarded by this.
  private long mergedStamp;

  private volatile Optional<PartitionReplay> replay = Optional.empty();

  PartitionTarget(int partition, Owner owner, boolean takesNew) {
    this.partition = partition;
    this.owner = owner;
    this.takesNew = takesNew;
  }

  /** Names the replay that feeds from here on; its catalog has that stamp. */
  synchronized void attach(PartitionReplay feeding, long catalogStamp) {
    replay = Optional.of(feeding);
    mergedStamp = catalogStamp;
  }

  PartitionReplay replay() {
    return replay.orElseThrow();
  }

  int partition() {
    return partition;
  }

  boolean takesNew() {
    return takesNew;
  }

  /** All replicas that are fed. */
  List<ShardReplica> fed() {
    return List.copyOf(fed.values());
  }

  void feed(ShardReplica replica) {
    fed.put(replica.shard(), replica);
  }

  /** Whether it feeds the replica. */
  boolean feeds(ShardReplica replica) {
    return fed.get(replica.shard()) == replica;
  }

  /** Feeds a replica no more. */
  void release(ShardReplica replica) {
    fed.remove(replica.shard(), replica);
  }

  /** The catalog ahead of the frontier: replicas are made early, so that readers find them. */
  synchronized void announced(Catalog catalog) {
    if (!takesNew) {
      return;
    }
    for (CollectionState collection : catalog.collections()) {
      // What was merged and is not here has been dropped or is fed by somebody else.
      if (collection.getCreatedStamp() > mergedStamp) {
        openShards(collection);
      }
    }
  }

  private void openShards(CollectionState collection) {
    for (ShardPlacement placement : collection.getPlacementsList()) {
      ShardId shard = new ShardId(collection.getId(), placement.getShard());
      // What has gone to another partition since came to be in this one.
      if (ShardHomes.first(placement) == partition && !fed.containsKey(shard)) {
        owner.open(collection, shard, this);
      }
    }
  }

  @Override
  public Optional<ShardState> shard(ShardId shard) {
    return Optional.ofNullable(fed.get(shard)).map(r -> r.mounted().state());
  }

  @Override
  public synchronized void merged(Catalog catalog, PartitionMerge.Offsets next) {
    announced(catalog);
    mergedStamp = catalog.stamp();
    for (ShardReplica replica : fed()) {
      long id = replica.shard().collectionId();
      Optional<CollectionState> collection = catalog.collection(id);
      if (collection.isPresent()) {
        replica.define(collection.get());
        ShardPlacement placement = collection.get().getPlacements(replica.shard().shard());
        // A replica that has more than what is merged here is where it is by what comes later.
        if (placement.getPartition() != partition && catalog.stamp() > replica.base()) {
          // In this order: whoever takes the replica away must find one that feeds it.
          owner.rehomed(replica, placement, catalog, next);
          release(replica);
        }
      } else if (id < catalog.nextId()) {
        release(replica);
        owner.dropped(replica);
      }
    }
  }

  @Override
  public int[] prepare(Record record) {
    int[] ordinals = NOTHING;
    for (int i = 0; i < record.getOperationsCount(); i++) {
      Operation operation = record.getOperations(i);
      if (!operation.hasUpsert() || Preconditions.conditional(operation)) {
        continue;
      }
      ShardReplica replica =
          fed.get(new ShardId(operation.getCollectionId(), operation.getShard()));
      if (replica == null || replica.mounted().state().appliedStamp() >= record.getStamp()) {
        continue;
      }
      if (ordinals.length == 0) {
        ordinals = new int[record.getOperationsCount()];
        Arrays.fill(ordinals, -1);
      }
      try {
        replica.mounted().state().prepare(record, i, ordinals);
      } catch (DamagedBlockException e) {
        damaged(replica.mounted().state(), e);
      }
    }
    return ordinals;
  }

  @Override
  public void damaged(ShardState shard, DamagedBlockException damage) {
    ShardReplica replica = fed.get(shard.id());
    if (replica != null && replica.mounted().state() == shard) {
      release(replica);
      owner.damaged(replica, damage);
    }
  }
}
