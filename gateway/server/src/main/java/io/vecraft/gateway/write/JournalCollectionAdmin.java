package io.vecraft.gateway.write;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.write.Appender.Outcome;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.PartitionGrowth;
import io.vecraft.journal.catalog.PartitionHomes;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.proto.journal.AlterCollection;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.DropCollection;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.OwnPartition;
import io.vecraft.proto.journal.PutKey;
import io.vecraft.proto.journal.RevokeKey;
import io.vecraft.proto.journal.SetNodeLeaving;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TracedRecord;
import io.vecraft.proto.journal.WantDataPartitions;
import io.vecraft.proto.journal.WantPartitionIn;
import io.vecraft.proto.journal.WantShardIn;
import io.vecraft.query.ClusterAccess;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Collections and keys as SYSTEM records. A change of a collection has two steps: SYSTEM decides,
 * then the collection's partitions are told. A crash in between is repaired by whoever comes next:
 * the same request again, the same definition again, or a write that finds its shard closed.
 */
public final class JournalCollectionAdmin implements CollectionAdmin {
  private static final int ALTER_ATTEMPTS = 8;
  private static final int TRACE_LIMIT = 100;

  private final ClusterAccess cluster;
  private final Appender appender;
  private final ShardOpener opener;

  private final RequestIdGuard guard;

  public JournalCollectionAdmin(ClusterAccess cluster, RequestIdGuard guard) {
    this.guard = guard;
    this.cluster = cluster;
    this.appender = new Appender(cluster.journal());
    this.opener = new ShardOpener(appender);
  }

  @Override
  public Created create(WriteContext context, CollectionDefinition definition) {
    CollectionDefinition complete = DefinitionRules.complete(definition);
    Operation create =
        Operation.newBuilder()
            .setCreateCollection(CreateCollection.newBuilder().setDefinition(complete))
            .build();
    ByteString digest = RequestDigest.ofTexts("create", canonical(complete));
    Outcome outcome = system(context, create, digest);
    if (outcome instanceof Outcome.Failed(VecraftException error)) {
      if (error.code() != ErrorCode.COLLECTION_EXISTS) {
        throw error;
      }
      return existing(context, complete);
    }
    Outcome.Journaled made = outcome.orThrow();
    CollectionState state =
        cluster
            .catalogs()
            .refresh()
            .collection(made.collectionId())
            .orElseThrow(() ->
                new VecraftException(
                    ErrorCode.COLLECTION_NOT_FOUND,
                    "collection " + complete.getName() + " was made and has been dropped since",
                    "name"));
    return new Created(state, true, Math.max(made.stamp(), open(context, state)));
  }

  private Created existing(WriteContext context, CollectionDefinition wanted) {
    Catalog catalog = cluster.catalogs().refresh();
    CollectionState state = catalog.requireCollection(wanted.getName());
    CollectionDefinition present = state.getDefinition();
    if (wanted.getOwner().isEmpty()) {
      // Who only wants it to exist need not own it.
      present = present.toBuilder().clearOwner().build();
    } else if (!present.getOwner().equals(wanted.getOwner())) {
      throw new VecraftException(
          ErrorCode.COLLECTION_EXISTS,
          "collection %s exists and is not owned by %s, but %s"
              .formatted(
                  wanted.getName(),
                  wanted.getOwner(),
                  present.getOwner().isEmpty() ? "by nobody" : "by " + present.getOwner()),
          "name");
    }
    // What may be altered later is compared as it is now: the answer is about what exists.
    if (!present.equals(wanted)) {
      throw new VecraftException(
          ErrorCode.COLLECTION_EXISTS,
          "collection " + wanted.getName() + " exists with another definition",
          "name");
    }
    return new Created(state, false, Math.max(state.getSchemaStamp(), open(context, state)));
  }

  @Override
  public Changed alter(
      WriteContext context, Optional<String> owner, String name, Alteration alteration) {
    ByteString digest =
        RequestDigest.ofTexts(
            "alter",
            name,
            new TreeMap<>(alteration.schemaAdditions()).toString(),
            alteration.timeTravelWindowS().toString(),
            alteration.efConstruction().toString(),
            alteration.replicas().toString());
    for (int attempt = 1; attempt <= ALTER_ATTEMPTS; attempt++) {
      CollectionState state = cluster.catalogs().refresh().requireCollection(name);
      requireOwner(state.getDefinition(), owner);
      CollectionDefinition changed = DefinitionRules.altered(state.getDefinition(), alteration);
      if (changed.equals(state.getDefinition())) {
        return opened(context, state, state.getSchemaStamp());
      }
      Operation alter =
          Operation.newBuilder()
              .setCollectionId(state.getId())
              .setSchemaStamp(state.getSchemaStamp())
              .setAlterCollection(
                  AlterCollection.newBuilder()
                      .setCollectionId(state.getId())
                      .setDefinition(changed))
              .build();
      switch (system(context, alter, digest)) {
        case Outcome.Journaled j -> {
          return opened(context, cluster.catalogs().refresh().requireCollection(name), j.stamp());
        }
        case Outcome.Failed(VecraftException error) -> {
          if (error.code() != ErrorCode.MOVED) {
            throw error;
          }
        }
      }
    }
    throw new VecraftException(
        ErrorCode.UNAVAILABLE, "collection " + name + " keeps being changed by others");
  }

  /** Tells the partitions of a collection; of a shard that is on its way, once it is there. */
  private long open(WriteContext context, CollectionState state) {
    List<Integer> shards = ShardIds.numbers(state);
    CollectionState now = state;
    for (int attempt = 1; ; attempt++) {
      try {
        return opener.open(context, now, shards);
      } catch (VecraftException e) {
        if (e.code() != ErrorCode.MOVED) {
          throw e;
        }
        if (MovedRetry.ends(attempt, now, shards)) {
          // SYSTEM has decided, so it is not undone: a retry goes on telling.
          throw new VecraftException(
              ErrorCode.OUTCOME_UNKNOWN,
              "not all partitions take the collection yet: %s; retry with the same request id"
                  .formatted(e.reason()));
        }
        context.deadline().check("telling the partitions of the collection");
        String name = now.getDefinition().getName();
        now =
            cluster.catalogs().refresh().collection(now.getId()).orElseThrow(() -> notFound(name));
        MovedRetry.pause(attempt);
      }
    }
  }

  private Changed opened(WriteContext context, CollectionState state, long stamp) {
    return new Changed(state, Math.max(stamp, open(context, state)));
  }

  @Override
  public Dropped drop(WriteContext context, Optional<String> owner, String name) {
    Catalog catalog = cluster.catalogs().refresh();
    Optional<CollectionState> state = catalog.collection(name);
    Collection<Integer> partitions = catalog.partitions().data();
    long id;
    if (state.isPresent()) {
      requireOwner(state.get().getDefinition(), owner);
      id = state.get().getId();
      partitions =
          state.get().getPlacementsList().stream()
              .flatMap(ShardHomes::partitions)
              .distinct()
              .toList();
    } else {
      // The first attempt may have ended between the SYSTEM record and the fences.
      id = droppedBy(context).orElseThrow(() -> notFound(name));
    }
    Operation drop =
        Operation.newBuilder()
            .setCollectionId(id)
            .setDropCollection(DropCollection.newBuilder().setCollectionId(id))
            .build();
    long stamp = system(context, drop, RequestDigest.ofTexts("drop", name)).orThrow().stamp();
    long fenced = opener.fence(context, id, partitions);
    cluster.catalogs().refresh();
    return new Dropped(id, Math.max(stamp, fenced));
  }

  private OptionalLong droppedBy(WriteContext context) {
    return cluster
        .journal()
        .trace(
            TraceRequest.newBuilder()
                .setRequestId(context.requestId())
                .setPrincipal(context.principal())
                .setLimit(TRACE_LIMIT)
                .addPartitions(Partitions.SYSTEM)
                .build())
        .getRecordsList()
        .stream()
        .map(TracedRecord::getRecord)
        .filter(r -> r.getPrincipal().equals(context.principal()))
        .flatMap(r -> r.getOperationsList().stream())
        .filter(Operation::hasDropCollection)
        .mapToLong(o -> o.getDropCollection().getCollectionId())
        .findFirst();
  }

  /** What a resource made, only the resource changes. An owner is for the life of a collection. */
  private static void requireOwner(CollectionDefinition definition, Optional<String> owner) {
    if (!definition.getOwner().isEmpty() && !owner.equals(Optional.of(definition.getOwner()))) {
      throw new VecraftException(
          ErrorCode.COLLECTION_OWNED,
          "collection %s is owned by %s: change it there"
              .formatted(definition.getName(), definition.getOwner()),
          "collection");
    }
  }

  private static VecraftException notFound(String name) {
    return new VecraftException(
        ErrorCode.COLLECTION_NOT_FOUND, "no collection " + name, "collection");
  }

  @Override
  public long putKey(WriteContext context, ApiKey key) {
    Operation put = Operation.newBuilder().setPutKey(PutKey.newBuilder().setKey(key)).build();
    // The secret is shown once: a retry that brings another one must not look as if it were stored.
    ByteString digest =
        RequestDigest.ofTexts("put_key", HexFormat.of().formatHex(key.toByteArray()));
    long stamp = system(context, put, digest).orThrow().stamp();
    cluster.catalogs().refresh();
    return stamp;
  }

  @Override
  public long revokeKey(WriteContext context, String keyId) {
    Operation revoke =
        Operation.newBuilder().setRevokeKey(RevokeKey.newBuilder().setKeyId(keyId)).build();
    long stamp =
        system(context, revoke, RequestDigest.ofTexts("revoke_key", keyId)).orThrow().stamp();
    cluster.catalogs().refresh();
    return stamp;
  }

  @Override
  public long setNodeLeaving(WriteContext context, String node, boolean leaving, boolean forced) {
    Operation change =
        Operation.newBuilder()
            .setSetNodeLeaving(
                SetNodeLeaving.newBuilder().setNode(node).setLeaving(leaving).setForced(forced))
            .build();
    ByteString digest =
        RequestDigest.ofTexts(
            "node_leaving", node, Boolean.toString(leaving), Boolean.toString(forced));
    long stamp = system(context, change, digest).orThrow().stamp();
    cluster.catalogs().refresh();
    return stamp;
  }

  @Override
  public long wantDataPartitions(WriteContext context, int count) {
    Catalog now = cluster.catalogs().refresh();
    PartitionGrowth.require(now.cluster(), now.partitions(), count);
    if (now.partitionsWanted().dataPartitions() == count) {
      return now.stamp();
    }
    Operation want =
        Operation.newBuilder()
            .setWantDataPartitions(WantDataPartitions.newBuilder().setCount(count))
            .build();
    ByteString digest = RequestDigest.ofTexts("data_partitions", Integer.toString(count));
    long stamp = system(context, want, digest).orThrow().stamp();
    cluster.catalogs().refresh();
    return stamp;
  }

  @Override
  public long wantPartitionIn(WriteContext context, int partition, String pool, int replicas) {
    WantPartitionIn wanted =
        WantPartitionIn.newBuilder()
            .setPartition(partition)
            .setPool(NodePool.stored(pool))
            .setReplicas(replicas)
            .build();
    Catalog now = cluster.catalogs().refresh();
    PartitionHomes.require(now.cluster(), now.partitions(), wanted);
    boolean wantedAlready =
        PartitionHomes.of(now.cluster(), partition)
            .map(OwnPartition::getWanted)
            .orElse(WantPartitionIn.newBuilder().setPartition(partition).build())
            .equals(wanted);
    if (wantedAlready) {
      return now.stamp();
    }
    ByteString digest =
        RequestDigest.ofTexts(
            "partition_in", Integer.toString(partition), pool, Integer.toString(replicas));
    Operation want = Operation.newBuilder().setWantPartitionIn(wanted).build();
    long stamp = system(context, want, digest).orThrow().stamp();
    cluster.catalogs().refresh();
    return stamp;
  }

  @Override
  public long wantShardIn(WriteContext context, String name, int shard, int partition) {
    Catalog now = cluster.catalogs().refresh();
    CollectionState collection = now.requireCollection(name);
    ShardPlacement placed = now.requireShard(collection.getId(), shard);
    ShardHomes.require(now.cluster(), now.partitions(), placed, partition);
    if (placed.getPartition() == partition || ShardHomes.isMoving(placed)) {
      return now.stamp();
    }
    Operation want =
        Operation.newBuilder()
            .setWantShardIn(
                WantShardIn.newBuilder()
                    .setCollectionId(collection.getId())
                    .setShard(shard)
                    .setPartition(partition))
            .build();
    ByteString digest =
        RequestDigest.ofTexts(
            "shard_in", name, Integer.toString(shard), Integer.toString(partition));
    long stamp = system(context, want, digest).orThrow().stamp();
    cluster.catalogs().refresh();
    return stamp;
  }

  @Override
  public Collection<ApiKey> keys() {
    return cluster.catalogs().refresh().keys();
  }

  private Outcome system(WriteContext context, Operation operation, ByteString digest) {
    Append append =
        Append.newBuilder()
            .setRequestId(context.requestId())
            .setRequestDigest(digest)
            .setPrincipal(context.principal())
            .setTraceId(context.traceId())
            .setMinStamp(context.sessionStamp())
            .addOperations(operation)
            .build();
    return guard.guarded(
        context, digest, () -> appender.append(Partitions.SYSTEM, append, context.deadline()));
  }

  /** The definition as text, the same for equal definitions: maps have no order of their own. */
  private static String canonical(CollectionDefinition d) {
    return new TreeMap<>(d.getSchemaMap()) + d.toBuilder().clearSchema().build().toString();
  }
}
