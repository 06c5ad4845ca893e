package io.vecraft.gateway.write;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.write.Appender.Outcome;
import io.vecraft.index.filter.Filter;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Delete;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome.Kind;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Deletes by filter.
 *
 * <ol>
 *   <li>A record without effect in TRANSACTION, under the request's id, takes the stamp S. A retry
 *       is answered with the first one: S is the same, so is what matches at it, and so are the
 *       deletes below. Everything acknowledged before the request began is below S.
 *   <li>What matches at S is read shard by shard, and journaled in chunks: each id with the version
 *       seen, so that a record that has changed since is skipped.
 *   <li>The replicas' outcomes are counted.
 * </ol>
 */
final class FilterDeleter {
  /** Deletes in one record of the journal. */
  static final int CHUNK = 5_000;

  private final ClusterAccess cluster;
  private final Appender appender;
  private final CollectionRouter router;

  FilterDeleter(ClusterAccess cluster, Appender appender, CollectionRouter router) {
    this.cluster = cluster;
    this.appender = appender;
    this.router = router;
  }

  /** Deletes of one shard that are in the log. */
  private record Written(ShardId shard, List<Operation> operations, long stamp) {}

  static ByteString digest(String name, Filter filter) {
    return RequestDigest.ofTexts("delete_by_filter", name, filter.toString());
  }

  DeleteByFilterAnswer delete(WriteContext context, String name, Filter filter, Ack ack) {
    ByteString digest = digest(name, filter);
    CollectionState collection = router.find(name);
    long asOf = mark(context, collection, digest);
    var written = new ArrayList<Written>();
    try {
      Set<Integer> partitions = partitions(collection);
      long barrier = cluster.barriers().sync(partitions, context.deadline()).stamp();
      cluster.replicas().awaitCatalog(barrier, context.deadline());
      for (ShardPlacement placement : collection.getPlacementsList()) {
        var shard = new ShardId(collection.getId(), placement.getShard());
        append(
            context, collection, placement, matches(context, shard, filter, asOf), digest, written);
      }
      return count(context, partitions, written, asOf, ack);
    } catch (VecraftException e) {
      boolean clean = written.isEmpty() && e.code() != ErrorCode.DEADLINE_EXCEEDED;
      if (clean) {
        throw e;
      }
      throw new VecraftException(
          ErrorCode.OUTCOME_UNKNOWN,
          "%d records of deletes are in the journal, not all: %s; retry with the same request id"
              .formatted(written.size(), e.reason()));
    }
  }

  private long mark(WriteContext context, CollectionState collection, ByteString digest) {
    Operation mark =
        Operation.newBuilder()
            .setCollectionId(collection.getId())
            .setOpenShard(
                OpenShard.newBuilder().setEpoch(1).setSchemaStamp(collection.getSchemaStamp()))
            .build();
    Outcome outcome =
        appender.append(
            Partitions.TRANSACTION,
            appendBuilder(context, collection, digest).addOperations(mark).build(),
            context.deadline());
    if (outcome instanceof Outcome.Failed(VecraftException error)
        && error.code() == ErrorCode.MOVED) {
      throw new VecraftException(
          ErrorCode.COLLECTION_NOT_FOUND,
          "collection " + collection.getDefinition().getName() + " is being dropped",
          "collection");
    }
    return outcome.orThrow().stamp();
  }

  private static Append.Builder appendBuilder(
      WriteContext context, CollectionState collection, ByteString digest) {
    return Append.newBuilder()
        .setRequestId(context.requestId())
        .setRequestDigest(digest)
        .setPrincipal(context.principal())
        .setTraceId(context.traceId())
        .setMinStamp(Math.max(context.sessionStamp(), collection.getSchemaStamp()));
  }

  private List<RecordView> matches(WriteContext context, ShardId shard, Filter filter, long asOf) {
    return cluster
        .replicas()
        .read(shard, asOf, context.deadline(), reader -> matches(context, reader, filter, asOf));
  }

  private static List<RecordView> matches(
      WriteContext context, ShardReader reader, Filter filter, long asOf) {
    var matches = new ArrayList<RecordView>();
    try (ShardReader.Pin pin = reader.pin(asOf)) {
      Optional<String> after = Optional.empty();
      while (true) {
        context.deadline().check("reading what matches the filter");
        List<RecordView> page =
            reader.scroll(Optional.of(filter), after, CHUNK, asOf, Include.NOTHING);
        matches.addAll(page);
        if (page.size() < CHUNK) {
          return matches;
        }
        after = Optional.of(page.getLast().id());
      }
    }
  }

  private void append(
      WriteContext context,
      CollectionState first,
      ShardPlacement placed,
      List<RecordView> matches,
      ByteString digest,
      List<Written> written) {
    CollectionState collection = first;
    for (int chunk = 0; chunk * CHUNK < matches.size(); chunk++) {
      List<RecordView> part =
          matches.subList(chunk * CHUNK, Math.min(matches.size(), (chunk + 1) * CHUNK));
      for (int attempt = 1; ; attempt++) {
        ShardPlacement placement = collection.getPlacements(placed.getShard());
        List<Operation> deletes = deletes(collection, placement, part);
        Append append =
            appendBuilder(context, collection, digest)
                .setRequestId(
                    chunk == 0
                        ? context.requestId()
                        : WriteContext.partId(context.requestId(), chunk))
                .addAllOperations(deletes)
                .build();
        Outcome outcome = appender.append(placement.getPartition(), append, context.deadline());
        if (outcome instanceof Outcome.Failed(VecraftException error)
            && error.code() == ErrorCode.MOVED
            && !MovedRetry.ends(attempt, collection, Set.of(placement.getShard()))) {
          collection = router.again(context, collection, Set.of(placement.getShard()), attempt);
          continue;
        }
        var shard = new ShardId(collection.getId(), placement.getShard());
        written.add(new Written(shard, deletes, outcome.orThrow().stamp()));
        break;
      }
    }
  }

  private static List<Operation> deletes(
      CollectionState collection, ShardPlacement placement, List<RecordView> records) {
    var operations = new ArrayList<Operation>(records.size());
    for (RecordView record : records) {
      operations.add(
          Operation.newBuilder()
              .setCollectionId(collection.getId())
              .setShard(placement.getShard())
              .setShardEpoch(placement.getEpoch())
              .setSchemaStamp(collection.getSchemaStamp())
              .setDelete(
                  Delete.newBuilder()
                      .setId(record.id())
                      .setPrecondition(Precondition.newBuilder().setIfVersion(record.version())))
              .build());
    }
    return operations;
  }

  private DeleteByFilterAnswer count(
      WriteContext context, Set<Integer> partitions, List<Written> written, long asOf, Ack ack) {
    long stamp = written.stream().mapToLong(Written::stamp).max().orElse(asOf);
    long deleted = 0;
    long skipped = 0;
    if (!written.isEmpty()) {
      var unused = cluster.barriers().sync(partitions, context.deadline());
    }
    for (Written w : written) {
      if (ack == Ack.APPLIED) {
        cluster.replicas().awaitAll(w.shard(), w.stamp(), context.deadline());
      }
      Map<Integer, Kind> kinds =
          cluster
              .replicas()
              .read(
                  w.shard(),
                  w.stamp(),
                  context.deadline(),
                  reader -> OutcomeReader.of(reader, w.operations(), w.stamp()));
      for (Kind kind : kinds.values()) {
        if (kind == Kind.DELETED) {
          deleted++;
        } else {
          skipped++;
        }
      }
    }
    return new DeleteByFilterAnswer(
        asOf, deleted, skipped, stamp, Math.max(stamp, context.sessionStamp()));
  }

  private static Set<Integer> partitions(CollectionState collection) {
    var partitions = new TreeSet<Integer>();
    collection.getPlacementsList().forEach(p -> partitions.add(p.getPartition()));
    return partitions;
  }
}
