package io.vecraft.gateway.write;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.FenceCollection;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.ShardPlacement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Tells the partitions what SYSTEM has decided about a collection: which shards they take writes
 * of, under which schema, and that they take none any more. These records have no request id: to
 * append them again changes nothing, so whoever finds them missing after a crash repeats them.
 */
final class ShardOpener {
  private final Appender appender;

  ShardOpener(Appender appender) {
    this.appender = appender;
  }

  /**
   * Opens shards of the collection in their partitions. Returns the largest stamp.
   *
   * @throws VecraftException {@code moved} when one of them is on its way to another partition, or
   *     the collection has been dropped
   */
  long open(WriteContext context, CollectionState collection, List<Integer> shards) {
    var byPartition = new TreeMap<Integer, Append.Builder>();
    for (int shard : shards) {
      ShardPlacement placement = collection.getPlacements(shard);
      byPartition
          .computeIfAbsent(placement.getPartition(), p -> append(context, collection))
          .addOperations(open(collection, placement.getShard(), placement.getEpoch()));
    }
    byPartition.put(
        Partitions.TRANSACTION, append(context, collection).addOperations(open(collection, 0, 1)));
    var sent = new ArrayList<CompletableFuture<AppendBatchResponse>>();
    byPartition.forEach((partition, append) -> sent.add(appender.send(partition, append.build())));
    return largest(sent, context.deadline());
  }

  /** Fences the collection in the partitions and in TRANSACTION. Returns the largest stamp. */
  long fence(WriteContext context, long collectionId, Collection<Integer> dataPartitions) {
    Append fence =
        Append.newBuilder()
            .setPrincipal(context.principal())
            .setTraceId(context.traceId())
            .addOperations(
                Operation.newBuilder()
                    .setCollectionId(collectionId)
                    .setFenceCollection(FenceCollection.getDefaultInstance()))
            .build();
    var sent = new ArrayList<CompletableFuture<AppendBatchResponse>>();
    sent.add(appender.send(Partitions.TRANSACTION, fence));
    dataPartitions.forEach(partition -> sent.add(appender.send(partition, fence)));
    return largest(sent, context.deadline());
  }

  private static Append.Builder append(WriteContext context, CollectionState collection) {
    return Append.newBuilder()
        .setPrincipal(context.principal())
        .setTraceId(context.traceId())
        .setMinStamp(collection.getSchemaStamp());
  }

  private static Operation open(CollectionState collection, int shard, int epoch) {
    return Operation.newBuilder()
        .setCollectionId(collection.getId())
        .setShard(shard)
        .setOpenShard(
            OpenShard.newBuilder().setEpoch(epoch).setSchemaStamp(collection.getSchemaStamp()))
        .build();
  }

  private static long largest(
      List<CompletableFuture<AppendBatchResponse>> sent, Deadline deadline) {
    long largest = 0;
    for (CompletableFuture<AppendBatchResponse> one : sent) {
      largest = Math.max(largest, Appender.await(one, deadline).orThrow().stamp());
    }
    return largest;
  }
}
