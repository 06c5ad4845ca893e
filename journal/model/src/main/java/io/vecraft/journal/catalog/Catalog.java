package io.vecraft.journal.catalog;

import static io.vecraft.error.ErrorCode.COLLECTION_EXISTS;
import static io.vecraft.error.ErrorCode.COLLECTION_NOT_FOUND;
import static io.vecraft.error.ErrorCode.NOT_FOUND;

import com.google.common.collect.ImmutableMap;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PlaceReplicas;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RehomeShard;
import io.vecraft.proto.journal.SettleShard;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.WantShardIn;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * What the SYSTEM log adds up to at one stamp: collections, placements, keys, and which control
 * process may change placements. Immutable; {@link #apply} is a pure function, so every replica of
 * anything has the same catalog at the same stamp.
 *
 * <p>Invariants: names are unique among the collections that exist; ids are dense from 1 and never
 * used again; every shard of a collection has a placement ({@link ReplicaMap}). Partitions become
 * more, never fewer, and a shard stays in one until it is wanted in another ({@link ShardHomes}).
 * The control epoch grows with each control process that takes over, and only the newest changes
 * replicas.
 */
public final class Catalog {
  private final Partitions made;
  private final long stamp;
  private final long nextId;
  private final ImmutableMap<Long, CollectionState> byId;
  private final ImmutableMap<String, Long> byName;
  private final ImmutableMap<String, ApiKey> keys;
  private final ClusterState cluster;

  private Catalog(
      Partitions made,
      long stamp,
      long nextId,
      ImmutableMap<Long, CollectionState> byId,
      ImmutableMap<String, ApiKey> keys,
      ClusterState cluster) {
    this.made = made;
    this.stamp = stamp;
    this.nextId = nextId;
    this.byId = byId;
    this.keys = keys;
    this.cluster = cluster;
    var names = ImmutableMap.<String, Long>builder();
    byId.forEach((id, c) -> names.put(c.getDefinition().getName(), id));
    this.byName = names.buildOrThrow();
  }

  /**
   * The catalog of an empty log.
   *
   * @param made the partitions that the cluster was made with, whatever it has grown to since
   */
  public static Catalog empty(Partitions made) {
    return new Catalog(
        made, 0, 1, ImmutableMap.of(), ImmutableMap.of(), ClusterState.getDefaultInstance());
  }

  /**
   * A catalog as it was projected.
   *
   * @param made the partitions that the cluster was made with
   */
  public static Catalog restore(
      Partitions made,
      long stamp,
      long nextId,
      Collection<CollectionState> collections,
      Collection<ApiKey> keys,
      ClusterState cluster) {
    var byId = new TreeMap<Long, CollectionState>();
    collections.forEach(c -> byId.put(c.getId(), c));
    var byKey = new TreeMap<String, ApiKey>();
    keys.forEach(k -> byKey.put(k.getId(), k));
    return new Catalog(
        made, stamp, nextId, ImmutableMap.copyOf(byId), ImmutableMap.copyOf(byKey), cluster);
  }

  /**
   * The catalog after a SYSTEM record.
   *
   * @throws VecraftException when an operation cannot be applied at this place ({@code
   *     collection_exists}, {@code collection_not_found}, {@code not_found}, {@code moved}); then
   *     nothing of the record has been
   */
  public Catalog apply(Record record) {
    Catalog c = this;
    for (Operation operation : record.getOperationsList()) {
      c = c.apply(operation, record.getStamp());
    }
    return c.at(record.getStamp());
  }

  private Catalog apply(Operation operation, long at) {
    return switch (operation.getKindCase()) {
      case CREATE_COLLECTION -> create(operation.getCreateCollection().getDefinition(), at);
      case ALTER_COLLECTION ->
          alter(
              operation.getAlterCollection().getCollectionId(),
              operation.getAlterCollection().getDefinition(),
              at);
      case DROP_COLLECTION -> drop(operation.getDropCollection().getCollectionId());
      case PUT_KEY -> putKey(operation.getPutKey().getKey());
      case REVOKE_KEY -> revokeKey(operation.getRevokeKey().getKeyId());
      case PLACE_REPLICAS -> placeReplicas(operation.getPlaceReplicas(), at);
      case BEGIN_CONTROL ->
          with(ClusterChanges.beginControl(cluster, operation.getBeginControl().getEpoch()));
      case SET_NODE_LEAVING ->
          with(ClusterChanges.setLeaving(cluster, operation.getSetNodeLeaving(), at));
      case SET_JOURNAL_GROUP ->
          with(ClusterChanges.setJournal(cluster, operation.getSetJournalGroup()));
      case WANT_DATA_PARTITIONS ->
          with(
              PartitionGrowth.want(
                  cluster, partitions(), operation.getWantDataPartitions().getCount()));
      case OPEN_DATA_PARTITIONS ->
          with(PartitionGrowth.open(cluster, partitions(), operation.getOpenDataPartitions()));
      case WANT_PARTITION_IN ->
          with(PartitionHomes.want(cluster, partitions(), operation.getWantPartitionIn()));
      case SET_PARTITION_GROUP ->
          with(PartitionHomes.set(cluster, operation.getSetPartitionGroup()));
      case WANT_SHARD_IN -> wantShardIn(operation.getWantShardIn());
      case REHOME_SHARD -> rehomeShard(operation.getRehomeShard(), at);
      case SETTLE_SHARD -> settleShard(operation.getSettleShard());
      default -> this;
    };
  }

  private Catalog create(CollectionDefinition definition, long at) {
    if (byName.containsKey(definition.getName())) {
      throw new VecraftException(
          COLLECTION_EXISTS, "collection " + definition.getName() + " exists", "name");
    }
    var state =
        CollectionState.newBuilder()
            .setId(nextId)
            .setDefinition(definition)
            .setCreatedStamp(at)
            .setSchemaStamp(at);
    for (int shard = 0; shard < definition.getShards(); shard++) {
      state.addPlacements(
          ShardPlacement.newBuilder()
              .setShard(shard)
              .setEpoch(1)
              .setPartition(partitions().placeShard(nextId, shard)));
    }
    var next = new TreeMap<>(byId);
    next.put(nextId, state.build());
    return new Catalog(made, stamp, nextId + 1, ImmutableMap.copyOf(next), keys, cluster);
  }

  private Catalog alter(long id, CollectionDefinition definition, long at) {
    CollectionState old = require(id);
    var next = new TreeMap<>(byId);
    next.put(id, old.toBuilder().setDefinition(definition).setSchemaStamp(at).build());
    return new Catalog(made, stamp, nextId, ImmutableMap.copyOf(next), keys, cluster);
  }

  private Catalog drop(long id) {
    require(id);
    var next = new TreeMap<>(byId);
    next.remove(id);
    return new Catalog(made, stamp, nextId, ImmutableMap.copyOf(next), keys, cluster);
  }

  private Catalog putKey(ApiKey key) {
    var next = new TreeMap<>(keys);
    next.put(key.getId(), key);
    return new Catalog(made, stamp, nextId, byId, ImmutableMap.copyOf(next), cluster);
  }

  private Catalog revokeKey(String id) {
    if (!keys.containsKey(id)) {
      throw new VecraftException(NOT_FOUND, "no key " + id, "key");
    }
    var next = new TreeMap<>(keys);
    next.remove(id);
    return new Catalog(made, stamp, nextId, byId, ImmutableMap.copyOf(next), cluster);
  }

  private Catalog at(long newStamp) {
    return new Catalog(made, newStamp, nextId, byId, keys, cluster);
  }

  private Catalog placeReplicas(PlaceReplicas change, long at) {
    ClusterChanges.requireControl(cluster, change.getControlEpoch());
    return placed(
        change.getCollectionId(), change.getShard(), shard -> ReplicaMap.change(shard, change, at));
  }

  private Catalog wantShardIn(WantShardIn change) {
    return placed(
        change.getCollectionId(),
        change.getShard(),
        shard -> ShardHomes.want(cluster, partitions(), shard, change));
  }

  private Catalog rehomeShard(RehomeShard change, long at) {
    return placed(
        change.getCollectionId(),
        change.getShard(),
        shard -> ShardHomes.rehome(cluster, shard, change, at));
  }

  private Catalog settleShard(SettleShard change) {
    return placed(
        change.getCollectionId(),
        change.getShard(),
        shard -> ShardHomes.settle(cluster, shard, change));
  }

  private Catalog placed(long collection, int shard, UnaryOperator<ShardPlacement> change) {
    ShardPlacement changed = change.apply(requireShard(collection, shard));
    var next = new TreeMap<>(byId);
    next.put(collection, require(collection).toBuilder().setPlacements(shard, changed).build());
    return new Catalog(made, stamp, nextId, ImmutableMap.copyOf(next), keys, cluster);
  }

  /**
   * Where a shard is.
   *
   * @throws VecraftException {@code collection_not_found}; {@code not_found} for a number that none
   *     of its shards has
   */
  public ShardPlacement requireShard(long collection, int shard) {
    CollectionState state = require(collection);
    if (shard < 0 || shard >= state.getPlacementsCount()) {
      throw new VecraftException(
          NOT_FOUND,
          "collection %d has no shard %d".formatted(collection, Integer.toUnsignedLong(shard)),
          "shard");
    }
    return state.getPlacements(shard);
  }

  private Catalog with(ClusterState changed) {
    return new Catalog(made, stamp, nextId, byId, keys, changed);
  }

  private CollectionState require(long id) {
    CollectionState c = byId.get(id);
    if (c == null) {
      throw new VecraftException(COLLECTION_NOT_FOUND, "no collection with id " + id, "collection");
    }
    return c;
  }

  /** The partitions that are open: those that the cluster was made with, and what it has grown. */
  public Partitions partitions() {
    return cluster.getDataPartitions() == 0 ? made : new Partitions(cluster.getDataPartitions());
  }

  /** The partitions that there are to be; those that are not open yet are being made. */
  public Partitions partitionsWanted() {
    return new Partitions(
        Math.max(cluster.getDataPartitionsWanted(), partitions().dataPartitions()));
  }

  /** Stamp of the last SYSTEM record in it. */
  public long stamp() {
    return stamp;
  }

  /** Id that the next collection gets. */
  public long nextId() {
    return nextId;
  }

  /** Epoch of the control process that may change replicas; 0 before the first. */
  public long controlEpoch() {
    return cluster.getControlEpoch();
  }

  /** What the log says of the cluster itself: control, nodes that leave, the journal's nodes. */
  public ClusterState cluster() {
    return cluster;
  }

  public Optional<CollectionState> collection(long id) {
    return Optional.ofNullable(byId.get(id));
  }

  public Optional<CollectionState> collection(String name) {
    return Optional.ofNullable(byName.get(name)).map(byId::get);
  }

  /** The collection of that name, or {@code collection_not_found}. */
  public CollectionState requireCollection(String name) {
    return collection(name)
        .orElseThrow(() ->
            new VecraftException(
                ErrorCode.COLLECTION_NOT_FOUND, "no collection " + name, "collection"));
  }

  /** All collections by ascending id. */
  public Collection<CollectionState> collections() {
    return byId.values();
  }

  /** All keys by id. */
  public Collection<ApiKey> keys() {
    return keys.values();
  }
}
