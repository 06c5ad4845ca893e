package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TracedRecord;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.OperationOutcome.Kind;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Lineage from the journal's trace and pull, with the outcomes that the replicas have decided. */
public final class JournalLineage implements Lineage {
  private static final int TRACE_LIMIT = 1_000;
  private static final long PULL_BYTES = 4L << 20;

  private final ClusterAccess cluster;

  public JournalLineage(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  @Override
  public RequestTrace operation(String requestId) {
    List<TracedRecord> traced = new ArrayList<>(trace(requestId));
    // The collection that the request made in passing.
    traced.addAll(trace(WriteContext.partId(requestId, CollectionRouter.MAKING)));
    if (traced.isEmpty()) {
      throw new VecraftException(
          ErrorCode.REQUEST_NOT_FOUND, "the journal knows no request " + requestId, "request_id");
    }
    // A delete by filter goes on under numbered ids.
    for (int chunk = 1; ; chunk++) {
      List<TracedRecord> more = trace(WriteContext.partId(requestId, chunk));
      if (more.isEmpty()) {
        break;
      }
      traced.addAll(more);
    }
    traced.sort(Comparator.comparingLong(t -> t.getRecord().getStamp()));
    Record first = traced.getFirst().getRecord();
    List<DecidedOperation> operations =
        traced.stream().flatMap(t -> decided(t.getPartition(), t.getRecord()).stream()).toList();
    return new RequestTrace(requestId, first.getPrincipal(), first.getTraceId(), operations);
  }

  private List<TracedRecord> trace(String requestId) {
    return cluster
        .journal()
        .trace(TraceRequest.newBuilder().setRequestId(requestId).setLimit(TRACE_LIMIT).build())
        .getRecordsList();
  }

  @Override
  public StatusResponse status() {
    return cluster.journal().status();
  }

  @Override
  public PullResponse records(int partition, long fromOffset, int limit) {
    if (!cluster.catalogs().current().partitions().all().contains(partition)) {
      throw new VecraftException(
          ErrorCode.NOT_FOUND, "the journal has no partition " + partition, "partition");
    }
    return cluster
        .journal()
        .pull(
            PullRequest.newBuilder()
                .setPartition(partition)
                .setFromOffset(Math.max(1, fromOffset))
                .setMaxRecords(limit)
                .setMaxBytes(PULL_BYTES)
                .build());
  }

  @Override
  public Tail tail(Optional<String> collection, long afterStamp) {
    Catalog catalog = cluster.catalogs().current();
    Optional<CollectionState> state =
        collection.map(name ->
            catalog
                .collection(name)
                .orElseGet(() -> cluster.catalogs().refresh().requireCollection(name)));
    return new DecidedTail(cluster, this, state, afterStamp);
  }

  /** The operations of a record that clients know of, with what became of them. */
  List<DecidedOperation> decided(int partition, Record record) {
    Catalog catalog = cluster.catalogs().current();
    List<Operation> operations = withShards(partition, record.getOperationsList(), catalog);
    Map<ShardId, Optional<Map<Integer, Kind>>> outcomes = new HashMap<>();
    var decided = new ArrayList<DecidedOperation>(operations.size());
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      if (isInternal(operation)) {
        continue;
      }
      Optional<ShardId> shard =
          Operations.isWrite(operation) ? Optional.of(ShardIds.of(operation)) : Optional.empty();
      String outcome = "applied";
      List<String> appliedBy = List.of();
      if (shard.isPresent()) {
        Optional<Map<Integer, Kind>> kinds =
            outcomes.computeIfAbsent(shard.get(), s -> outcomes(s, operations, record.getStamp()));
        int position = i;
        outcome =
            kinds
                .map(k -> Optional.ofNullable(k.get(position)).map(JournalLineage::text))
                .map(known -> known.orElse("pending"))
                .orElse("expired");
        appliedBy = cluster.replicas().appliedBy(shard.get(), record.getStamp());
      }
      long collectionId = collectionId(catalog, operation, record.getStamp());
      decided.add(
          new DecidedOperation(
              collectionId,
              name(catalog, collectionId, operation),
              Operations.recordId(operation),
              Operations.kind(operation),
              outcome,
              partition,
              record.getOffset(),
              record.getStamp(),
              shard.map(ShardId::shard).orElse(-1),
              appliedBy));
    }
    return decided;
  }

  /** In TRANSACTION the shard of an operation follows from the catalog. */
  private static List<Operation> withShards(
      int partition, List<Operation> operations, Catalog catalog) {
    if (partition != Partitions.TRANSACTION) {
      return operations;
    }
    return operations.stream()
        .map(o -> {
          Optional<CollectionState> c = catalog.collection(o.getCollectionId());
          return c.isEmpty() || !Operations.isWrite(o)
              ? o
              : o.toBuilder()
                  .setShard(ShardHash.shardOf(Operations.recordId(o), c.get().getPlacementsCount()))
                  .build();
        })
        .toList();
  }

  /** Empty when no replica keeps them any longer; none while no replica has passed the stamp. */
  private Optional<Map<Integer, Kind>> outcomes(
      ShardId shard, List<Operation> operations, long stamp) {
    boolean expired = false;
    for (ShardReader reader : cluster.replicas().of(shard)) {
      if (reader.frontier() >= stamp) {
        try {
          return Optional.of(OutcomeReader.of(reader, operations, stamp));
        } catch (VecraftException e) {
          if (e.code() != ErrorCode.SNAPSHOT_EXPIRED) {
            throw e;
          }
          expired = true;
        }
      }
    }
    return expired ? Optional.empty() : Optional.of(Map.of());
  }

  private static String text(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  static boolean isInternal(Operation operation) {
    return switch (operation.getKindCase()) {
      case OPEN_SHARD,
          FENCE_COLLECTION,
          RAISE_FEATURE_LEVEL,
          TRANSACTION_OUTCOME,
          PLACE_REPLICAS,
          BEGIN_CONTROL,
          SET_NODE_LEAVING,
          SET_JOURNAL_GROUP,
          WANT_DATA_PARTITIONS,
          OPEN_DATA_PARTITIONS,
          WANT_PARTITION_IN,
          SET_PARTITION_GROUP,
          WANT_SHARD_IN,
          REHOME_SHARD,
          SETTLE_SHARD,
          SEAL_SHARD,
          REMEMBER_REQUESTS,
          KIND_NOT_SET ->
          true;
      default -> false;
    };
  }

  /** Id of the collection that an operation is about; 0 where there is none, or it is gone. */
  static long collectionId(Catalog catalog, Operation operation, long stamp) {
    return switch (operation.getKindCase()) {
      case CREATE_COLLECTION ->
          catalog.collections().stream()
              .filter(c -> c.getCreatedStamp() == stamp)
              .mapToLong(CollectionState::getId)
              .findFirst()
              .orElse(0);
      case ALTER_COLLECTION -> operation.getAlterCollection().getCollectionId();
      case DROP_COLLECTION -> operation.getDropCollection().getCollectionId();
      default -> operation.getCollectionId();
    };
  }

  private static String name(Catalog catalog, long collectionId, Operation operation) {
    if (operation.hasCreateCollection()) {
      return operation.getCreateCollection().getDefinition().getName();
    }
    return catalog.collection(collectionId).map(c -> c.getDefinition().getName()).orElse("");
  }
}
