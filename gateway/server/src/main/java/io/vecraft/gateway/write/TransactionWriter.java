package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.write.Appender.Outcome;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.OperationOutcome.Kind;
import io.vecraft.storage.read.ShardId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Transactions: one record in TRANSACTION, whose stamp is the place of all its operations.
 *
 * <p>Without conditions it has committed once it is in the log. With conditions in one shard, that
 * shard decides at its place. With conditions and several shards an outcome record decides, the
 * first in the log: it is asked for here at once rather than left to the sweepers, and the answer
 * is read from the shards, so it is the winner's.
 */
final class TransactionWriter {
  private final ClusterAccess cluster;
  private final Appender appender;
  private final CollectionRouter router;
  private final VersionLimit versions;
  private final OutcomeReader outcomes;

  TransactionWriter(
      ClusterAccess cluster, Appender appender, CollectionRouter router, VersionLimit versions) {
    this.cluster = cluster;
    this.appender = appender;
    this.router = router;
    this.versions = versions;
    this.outcomes = new OutcomeReader(cluster);
  }

  /** A transaction as it is in the log, and the DATA partitions of its shards. */
  private record Written(List<Operation> operations, Set<Integer> partitions, long stamp) {}

  WriteAnswer write(WriteContext context, List<TransactionOperation> operations, Ack ack) {
    Written written = append(context, operations);
    boolean conditional = written.operations().stream().anyMatch(Operations::conditional);
    Map<Integer, Kind> kinds = Map.of();
    if (conditional || ack == Ack.APPLIED) {
      try {
        kinds = settle(context, written, conditional, ack);
      } catch (VecraftException e) {
        throw new VecraftException(
            ErrorCode.OUTCOME_UNKNOWN,
            "the transaction is in the journal, what became of it is not known here: "
                + e.reason());
      }
    }
    long sessionStamp = Math.max(written.stamp(), context.sessionStamp());
    if (conditional) {
      aborted(operations, written, kinds)
          .ifPresent(conflict -> {
            throw conflict.inSession(sessionStamp);
          });
    }
    var results = new ArrayList<ItemResult>(operations.size());
    for (int i = 0; i < operations.size(); i++) {
      String id = Operations.recordId(written.operations().get(i));
      results.add(
          ItemResult.of(id, written.stamp(), outcome(written.operations().get(i), kinds.get(i))));
    }
    return new WriteAnswer(results, written.stamp(), sessionStamp);
  }

  private Written append(WriteContext context, List<TransactionOperation> operations) {
    var digest = RequestDigest.ofTransaction(operations);
    List<TransactionOperation> named = named(context, operations);
    Map<String, CollectionState> collections = new HashMap<>();
    named.forEach(o -> collections.computeIfAbsent(o.collection(), router::find));
    for (int attempt = 1; ; attempt++) {
      List<Operation> resolved = resolve(named, collections);
      if (attempt == 1) {
        versions.check(context, resolved, i -> "operations[" + i + "]");
      }
      Outcome outcome =
          appender.append(
              Partitions.TRANSACTION,
              Append.newBuilder()
                  .setRequestId(context.requestId())
                  .setRequestDigest(digest)
                  .setPrincipal(context.principal())
                  .setTraceId(context.traceId())
                  .addAllOperations(resolved)
                  .setMinStamp(floor(context, named, collections))
                  .build(),
              context.deadline());
      switch (outcome) {
        case Outcome.Journaled j -> {
          return new Written(resolved, partitions(resolved, collections), j.stamp());
        }
        case Outcome.Failed(VecraftException error) -> {
          if (error.code() != ErrorCode.MOVED) {
            throw error;
          }
          if (attempt == MovedRetry.ATTEMPTS) {
            throw new VecraftException(
                ErrorCode.UNAVAILABLE, "the collections of the transaction keep changing");
          }
        }
      }
      int again = attempt + 1;
      collections.replaceAll(
          (name, used) -> router.again(context, used, ShardIds.numbers(used), again));
    }
  }

  /** With ids for records that came without, and each record only once. */
  private static List<TransactionOperation> named(
      WriteContext context, List<TransactionOperation> operations) {
    var named = new ArrayList<TransactionOperation>(operations.size());
    var seen = new HashSet<List<String>>();
    for (int i = 0; i < operations.size(); i++) {
      TransactionOperation operation = operations.get(i);
      WriteItem item = operation.item();
      String field = "operations[" + i + "].id";
      if (item.id().isEmpty()) {
        if (!(item instanceof WriteItem.Upsert u)) {
          throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "id is required", field);
        }
        item =
            new WriteItem.Upsert(
                RecordIds.make(context, i), u.vector(), u.metadata(), u.text(), u.condition());
      }
      WriteValidation.checkId(item.id(), field);
      if (!seen.add(List.of(operation.collection(), item.id()))) {
        throw new VecraftException(
            ErrorCode.DUPLICATE_ID,
            "record %s of %s is in the transaction twice"
                .formatted(item.id(), operation.collection()),
            field);
      }
      named.add(new TransactionOperation(operation.collection(), item));
    }
    return named;
  }

  private List<Operation> resolve(
      List<TransactionOperation> operations, Map<String, CollectionState> collections) {
    var resolved = new ArrayList<Operation>(operations.size());
    Map<String, WriteValidation> validations = new HashMap<>();
    for (int i = 0; i < operations.size(); i++) {
      String name = operations.get(i).collection();
      WriteItem item = operations.get(i).item();
      String field = "operations[" + i + "]";
      WriteItem checked;
      try {
        checked = validation(validations, collections, name).checked(item, field);
      } catch (VecraftException e) {
        // The definition that the item does not fit may be an old one.
        CollectionState newer = router.newer(state(collections, name)).orElseThrow(() -> e);
        collections.put(name, newer);
        return resolve(operations, collections);
      }
      resolved.add(Operations.of(state(collections, name), checked));
    }
    return resolved;
  }

  private static WriteValidation validation(
      Map<String, WriteValidation> validations,
      Map<String, CollectionState> collections,
      String name) {
    return validations.computeIfAbsent(
        name, n -> new WriteValidation(state(collections, n).getDefinition()));
  }

  private static CollectionState state(Map<String, CollectionState> collections, String name) {
    return Optional.ofNullable(collections.get(name)).orElseThrow();
  }

  private static long floor(
      WriteContext context,
      List<TransactionOperation> operations,
      Map<String, CollectionState> collections) {
    long floor = context.sessionStamp();
    for (TransactionOperation operation : operations) {
      floor = Math.max(floor, operation.item().condition().floor());
    }
    for (CollectionState collection : collections.values()) {
      floor = Math.max(floor, collection.getSchemaStamp());
    }
    return floor;
  }

  private static Set<Integer> partitions(
      List<Operation> operations, Map<String, CollectionState> collections) {
    var partitions = new TreeSet<Integer>();
    for (CollectionState collection : collections.values()) {
      for (Operation operation : operations) {
        if (operation.getCollectionId() == collection.getId()) {
          partitions.add(collection.getPlacements(operation.getShard()).getPartition());
        }
      }
    }
    return partitions;
  }

  private Map<Integer, Kind> settle(
      WriteContext context, Written written, boolean conditional, Ack ack) {
    var shards = new TreeSet<ShardId>(ShardIds.ORDER);
    written.operations().forEach(operation -> shards.add(ShardIds.of(operation)));
    long barrier = cluster.barriers().sync(written.partitions(), context.deadline()).stamp();
    if (conditional && shards.size() > 1) {
      cluster.replicas().decide(written.stamp(), shards, context.deadline());
    }
    if (ack == Ack.APPLIED) {
      cluster.replicas().awaitCatalog(barrier, context.deadline());
      for (ShardId shard : shards) {
        cluster.replicas().awaitAll(shard, written.stamp(), context.deadline());
      }
    }
    return conditional
        ? outcomes.read(written.operations(), written.stamp(), barrier, context.deadline())
        : Map.of();
  }

  /** Nothing is applied when a condition has failed; the first such operation is named. */
  private static Optional<VecraftException> aborted(
      List<TransactionOperation> operations, Written written, Map<Integer, Kind> kinds) {
    Optional<Integer> aborted = Optional.empty();
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = written.operations().get(i);
      Kind kind = kinds.get(i);
      boolean failed =
          kind == Kind.CONFLICT || (kind == Kind.NOT_FOUND && Operations.conditional(operation));
      if (failed) {
        String why = kind == Kind.CONFLICT ? "its condition does not hold" : "no such record";
        return Optional.of(
            new VecraftException(
                ErrorCode.CONFLICT,
                "operation %d, %s of %s in %s: %s; nothing was applied"
                    .formatted(
                        i,
                        Operations.kind(operation),
                        Operations.recordId(operation),
                        operations.get(i).collection(),
                        why),
                "operations[" + i + "]"));
      }
      if (kind == Kind.ABORTED && aborted.isEmpty()) {
        aborted = Optional.of(i);
      }
    }
    return aborted.map(i ->
        new VecraftException(
            ErrorCode.CONFLICT, "a condition does not hold; nothing was applied", "operations"));
  }

  private static ItemResult.Outcome outcome(Operation operation, @Nullable Kind kind) {
    if (operation.hasDelete()) {
      return ItemResult.Outcome.DELETED;
    }
    if (kind == null || !Operations.conditional(operation)) {
      return operation.hasPatch() ? ItemResult.Outcome.UPDATED : ItemResult.Outcome.WRITTEN;
    }
    return kind == Kind.CREATED ? ItemResult.Outcome.CREATED : ItemResult.Outcome.UPDATED;
  }
}
