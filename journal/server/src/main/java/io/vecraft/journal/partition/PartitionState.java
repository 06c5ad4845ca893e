package io.vecraft.journal.partition;

import static io.vecraft.error.ErrorCode.INVALID_ARGUMENT;
import static io.vecraft.error.ErrorCode.MOVED;
import static io.vecraft.error.ErrorCode.REQUEST_ID_REUSED;
import static io.vecraft.error.ErrorCode.STAMP_IN_FUTURE;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.Decision.Duplicate;
import io.vecraft.journal.partition.Decision.Rejected;
import io.vecraft.journal.partition.RequestKeys.Keys;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.CatalogSnapshot;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionRole;
import io.vecraft.proto.journal.PartitionSnapshot;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RememberedRequest;
import io.vecraft.proto.journal.TransactionOutcome;
import java.util.List;
import java.util.Optional;

/**
 * The state machine of a partition: a pure function of the proposals and closings that it is given
 * in order. Every replica that is given the same decides the same.
 *
 * <p>An append is decided in this order; the first that applies is the decision:
 *
 * <ol>
 *   <li>an operation of a kind that the partition does not take, or of a feature level that is not
 *       in force, or a {@code min_stamp} that no clock gave: rejected
 *   <li>an outcome of a transaction that has one: the duplicate of the first
 *   <li>a request id that is remembered: the duplicate of the first time, or {@code
 *       request_id_reused} when the body is another; {@code moved} when its shards were in
 *       different records, as those of one that came from another partition: they have to be asked
 *       for alone
 *   <li>a shard that is not open here at the epoch named, a fenced collection, a schema older than
 *       the one in force: {@code moved}
 *   <li>SYSTEM: what the catalog refuses
 *   <li>accepted, with the smallest stamp of the partition's slot that is not below the proposed,
 *       and above the last, the closed and {@code min_stamp}
 * </ol>
 *
 * <p>Not safe for concurrent use.
 */
public final class PartitionState {
  private static final int MAX_OUTCOMES = 1 << 16;

  private final PartitionSettings settings;
  private final PartitionRole role;
  private final DedupTable requests;
  private final RequestKeys keys;
  private final Fences fences;
  private final DecidedTransactions outcomes;
  private Catalog catalog;
  private long lastOffset;
  private long lastStamp;
  private long closed;
  private int featureLevel = FeatureLevels.FIRST;

  /** The state of an empty log. */
  public PartitionState(PartitionSettings settings) {
    this.settings = settings;
    this.role = Partitions.role(settings.partition());
    this.requests = new DedupTable(settings);
    this.keys = new RequestKeys(settings.partition());
    this.fences = new Fences(role);
    this.outcomes = new DecidedTransactions(Math.min(MAX_OUTCOMES, settings.dedupEntries()));
    this.catalog = Catalog.empty(settings.partitions());
  }

  /**
   * The state that a snapshot holds.
   *
   * @param remembered requests of at least the dedup window before it, in the order of the log
   */
  public static PartitionState restore(
      PartitionSettings settings, PartitionSnapshot snapshot, Iterable<RequestEntry> remembered) {
    var state = new PartitionState(settings);
    state.lastOffset = snapshot.getLastOffset();
    state.lastStamp = snapshot.getLastStamp();
    state.closed = snapshot.getClosed();
    state.raiseFeatureLevel(snapshot.getFeatureLevel());
    state.fences.restore(snapshot);
    snapshot.getDecidedTransactionsList().forEach(state.outcomes::restore);
    if (snapshot.hasCatalog()) {
      CatalogSnapshot c = snapshot.getCatalog();
      state.catalog =
          Catalog.restore(
              settings.partitions(),
              c.getStamp(),
              c.getNextId(),
              c.getCollectionsList(),
              c.getKeysList(),
              c.hasCluster()
                  ? c.getCluster()
                  : ClusterState.newBuilder().setControlEpoch(c.getControlEpoch()).build());
    }
    remembered.forEach(state.requests::add);
    state.requests.evict(state.lastStamp);
    return state;
  }

  /** Everything but the remembered requests. */
  public PartitionSnapshot snapshot() {
    var snapshot =
        PartitionSnapshot.newBuilder()
            .setPartition(settings.partition())
            .setLastOffset(lastOffset)
            .setLastStamp(lastStamp)
            .setClosed(closed)
            .setFeatureLevel(featureLevel);
    fences.save(snapshot);
    outcomes.save(snapshot);
    if (role == PartitionRole.SYSTEM) {
      snapshot.setCatalog(
          CatalogSnapshot.newBuilder()
              .setStamp(catalog.stamp())
              .setNextId(catalog.nextId())
              .addAllCollections(catalog.collections())
              .addAllKeys(catalog.keys())
              .setCluster(catalog.cluster()));
    }
    return snapshot.build();
  }

  /**
   * Decides an append and moves on.
   *
   * @param proposedStamp positive; of a clock round that was sent after the append had begun
   */
  public Decision decide(Append append, long proposedStamp) {
    Keys requestKeys = keys.of(append);
    Optional<? extends Decision> refused =
        refuseKind(append)
            .or(() -> refuseFuture(append, proposedStamp))
            .or(() -> decidedTransaction(append).map(Decision.class::cast))
            .or(() -> remembered(requestKeys))
            .or(() -> fences.refuse(append.getOperationsList()))
            .or(() -> refuseStaleDefinition(append));
    if (refused.isPresent()) {
      return refused.get();
    }
    Record record = record(append, stampFor(append, proposedStamp));
    long made = makesCollection(append) ? catalog.nextId() : 0;
    List<RequestEntry> entries =
        HandedOver.any(record)
            ? requestEntries(settings.partition(), record)
            : requestKeys.entries(record.getOffset(), record.getStamp());
    try {
      take(record, entries);
    } catch (VecraftException e) {
      return new Rejected(e.code(), e.reason(), e.field().orElse(""));
    }
    return new Accepted(record, made, entries);
  }

  /**
   * Takes in a record that was decided before, as {@link #decide} did.
   *
   * @throws IllegalArgumentException if it does not follow the last one
   */
  public void restore(Record record) {
    if (record.getOffset() != lastOffset + 1
        || record.getStamp() <= lastStamp
        || Stamp.slot(record.getStamp()) != settings.partition()) {
      throw new IllegalArgumentException(
          "offset %d with stamp %d cannot follow offset %d with stamp %d in partition %d"
              .formatted(
                  record.getOffset(),
                  record.getStamp(),
                  lastOffset,
                  lastStamp,
                  settings.partition()));
    }
    take(record, requestEntries(settings.partition(), record));
  }

  /** Closes everything up to {@code stamp}; returns the closed stamp, which may be larger. */
  public long closeAtLeast(long stamp) {
    closed = Math.max(closed, stamp);
    return closed;
  }

  /** Offset of the last record, 0 for none. */
  public long lastOffset() {
    return lastOffset;
  }

  /** Stamp of the last record, 0 for none. */
  public long lastStamp() {
    return lastStamp;
  }

  /** Nothing at or below it will be decided any more. */
  public long closed() {
    return closed;
  }

  /** The feature level in force. */
  public int featureLevel() {
    return featureLevel;
  }

  /** How many requests are remembered. */
  public int rememberedRequests() {
    return requests.size();
  }

  /** Whether the principal's request id is remembered with another body than this digest's. */
  public boolean isReused(String requestId, String principal, ByteString digest) {
    return requests.hasOther(
        RequestKeys.requestHash(requestId),
        RequestKeys.principalHash(principal),
        RequestKeys.digestHash(digest),
        settings.rememberedFrom(lastStamp));
  }

  /** Those of the requests that are not remembered, in their order. */
  public List<RememberedRequest> unknown(List<RememberedRequest> told) {
    long from = settings.rememberedFrom(lastStamp);
    return told.stream()
        .filter(r -> requests.find(r.getRequest(), r.getScope(), from).isEmpty())
        .toList();
  }

  /** SYSTEM: what the log adds up to. */
  public Catalog catalog() {
    return catalog;
  }

  /** Everything that an accepted record changes, all or nothing. */
  private void take(Record record, List<RequestEntry> entries) {
    if (role == PartitionRole.SYSTEM) {
      catalog = catalog.apply(record);
    }
    for (Operation operation : record.getOperationsList()) {
      switch (operation.getKindCase()) {
        case OPEN_SHARD -> fences.open(operation);
        case SEAL_SHARD -> fences.seal(operation);
        case FENCE_COLLECTION -> fences.fence(operation.getCollectionId());
        case RAISE_FEATURE_LEVEL -> raiseFeatureLevel(operation.getRaiseFeatureLevel().getLevel());
        case TRANSACTION_OUTCOME ->
            outcomes.add(
                operation.getTransactionOutcome().getTransactionStamp(),
                record.getOffset(),
                record.getStamp());
        default -> {}
      }
    }
    entries.forEach(requests::add);
    requests.evict(record.getStamp());
    lastOffset = record.getOffset();
    lastStamp = record.getStamp();
    closed = Math.max(closed, Math.max(record.getStamp(), record.getClosed()));
  }

  /**
   * What is remembered of a record: its own request, if it has an id, and those that it hands over.
   */
  public static List<RequestEntry> requestEntries(int partition, Record record) {
    List<RequestEntry> own =
        RequestKeys.of(partition, record).entries(record.getOffset(), record.getStamp());
    return HandedOver.any(record) ? HandedOver.entries(own, record) : own;
  }

  private void raiseFeatureLevel(int level) {
    if (level > settings.supportedLevel()) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE,
          "partition %d is at feature level %d, this program knows %d"
              .formatted(settings.partition(), level, settings.supportedLevel()));
    }
    featureLevel = Math.max(featureLevel, level);
  }

  private Optional<Decision> refuseKind(Append append) {
    List<Operation> operations = append.getOperationsList();
    if (operations.isEmpty()) {
      return rejected(INVALID_ARGUMENT, "an append needs an operation", "operations");
    }
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      String field = "operations[" + i + "]";
      if (!takes(operation.getKindCase())) {
        return rejected(
            INVALID_ARGUMENT, operation.getKindCase() + " does not belong in " + role, field);
      }
      if (operation.hasTransactionOutcome() && operations.size() > 1) {
        return rejected(INVALID_ARGUMENT, "an outcome stands alone in its record", field);
      }
      if (operation.hasRememberRequests() && operations.size() > 1) {
        return rejected(INVALID_ARGUMENT, "requests are handed over in a record alone", field);
      }
      if (operation.hasTransactionOutcome() && !names(operation.getTransactionOutcome())) {
        return rejected(INVALID_ARGUMENT, "no transaction has this stamp", field);
      }
      int needed =
          operation.hasRaiseFeatureLevel()
              ? operation.getRaiseFeatureLevel().getLevel()
              : FeatureLevels.minimum(operation);
      int allowed = operation.hasRaiseFeatureLevel() ? settings.supportedLevel() : featureLevel;
      if (Integer.compareUnsigned(needed, allowed) > 0) {
        return rejected(
            INVALID_ARGUMENT,
            "needs feature level %s, partition %d is at %d"
                .formatted(Integer.toUnsignedString(needed), settings.partition(), allowed),
            field);
      }
    }
    return Optional.empty();
  }

  /** Whether the outcome can be that of a record of this log. */
  private boolean names(TransactionOutcome outcome) {
    long stamp = outcome.getTransactionStamp();
    return stamp > 0 && stamp <= lastStamp && Stamp.slot(stamp) == settings.partition();
  }

  private boolean takes(Operation.KindCase kind) {
    return switch (kind) {
      case UPSERT, PATCH, DELETE, OPEN_SHARD, FENCE_COLLECTION -> role != PartitionRole.SYSTEM;
      case SEAL_SHARD, REMEMBER_REQUESTS -> role == PartitionRole.DATA;
      case TRANSACTION_OUTCOME -> role == PartitionRole.TRANSACTION;
      case CREATE_COLLECTION,
          ALTER_COLLECTION,
          DROP_COLLECTION,
          PUT_KEY,
          REVOKE_KEY,
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
          SETTLE_SHARD ->
          role == PartitionRole.SYSTEM;
      case RAISE_FEATURE_LEVEL -> true;
      case KIND_NOT_SET -> false;
    };
  }

  /**
   * A stamp that the caller has seen may be a little above the clock, as long as it is on its way
   * to a majority; one far above was never given, and would drag the partition into the future.
   */
  private static Optional<Decision> refuseFuture(Append append, long proposedStamp) {
    long limit =
        Math.min(Stamp.MAX_MILLIS, Stamp.millis(proposedStamp) + QuorumClock.AHEAD_MAX_MILLIS);
    return append.getMinStamp() < 0 || Stamp.millis(append.getMinStamp()) > limit
        ? rejected(
            STAMP_IN_FUTURE,
            "min_stamp " + Long.toUnsignedString(append.getMinStamp()) + " is above the clock",
            "min_stamp")
        : Optional.empty();
  }

  private Optional<Duplicate> decidedTransaction(Append append) {
    return append.getOperations(0).hasTransactionOutcome()
        ? outcomes.find(append.getOperations(0).getTransactionOutcome().getTransactionStamp())
        : Optional.empty();
  }

  private Optional<Decision> remembered(Keys request) {
    if (request.scopes().isEmpty()) {
      return Optional.empty();
    }
    long from = settings.rememberedFrom(lastStamp);
    if (requests.hasOther(request.request(), request.principal(), request.digest(), from)) {
      return rejected(REQUEST_ID_REUSED, "the request id was used with another body", "request_id");
    }
    Optional<RequestEntry> first = requests.find(request.request(), request.scopes().get(0), from);
    for (int i = 1; i < request.scopes().length(); i++) {
      Optional<RequestEntry> entry =
          requests.find(request.request(), request.scopes().get(i), from);
      if (!entry.map(RequestEntry::stamp).equals(first.map(RequestEntry::stamp))) {
        return rejected(MOVED, "the request's shards were not written in one record", "request_id");
      }
    }
    return first.map(e -> new Duplicate(e.offset(), e.stamp(), collectionMadeAt(e.stamp())));
  }

  private long collectionMadeAt(long stamp) {
    return role == PartitionRole.SYSTEM
        ? catalog.collections().stream()
            .filter(c -> c.getCreatedStamp() == stamp)
            .mapToLong(CollectionState::getId)
            .findFirst()
            .orElse(0)
        : 0;
  }

  private Optional<Decision> refuseStaleDefinition(Append append) {
    for (Operation operation : append.getOperationsList()) {
      if (operation.hasAlterCollection() && operation.getSchemaStamp() != 0) {
        long id = operation.getAlterCollection().getCollectionId();
        Optional<CollectionState> current = catalog.collection(id);
        if (current.isPresent() && current.get().getSchemaStamp() != operation.getSchemaStamp()) {
          return rejected(MOVED, "the definition of collection " + id + " has changed", "");
        }
      }
    }
    return Optional.empty();
  }

  private static boolean makesCollection(Append append) {
    return append.getOperationsList().stream().anyMatch(Operation::hasCreateCollection);
  }

  private long stampFor(Append append, long proposedStamp) {
    long above = Math.max(Math.max(lastStamp, closed), append.getMinStamp());
    return Stamp.atLeast(Math.max(proposedStamp, Math.addExact(above, 1)), settings.partition());
  }

  private Record record(Append append, long stamp) {
    return Record.newBuilder()
        .setOffset(lastOffset + 1)
        .setStamp(stamp)
        .setRequestId(append.getRequestId())
        .setRequestDigest(append.getRequestDigest())
        .setPrincipal(append.getPrincipal())
        .setTraceId(append.getTraceId())
        .setTenant(append.getTenant())
        .addAllOperations(append.getOperationsList())
        .setClosed(stamp)
        .build();
  }

  private static Optional<Decision> rejected(ErrorCode code, String message, String field) {
    return Optional.of(new Rejected(code, message, field));
  }
}
