package io.vecraft.journal;

import com.google.protobuf.ByteString;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.FenceCollection;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.TransactionOutcome;
import io.vecraft.proto.journal.Upsert;
import java.util.List;

/** Appends as gateways send them. */
public final class Appends {
  private Appends() {}

  /** An append of some operations; the digest follows the request id. */
  public static Append of(String requestId, Operation... operations) {
    return Append.newBuilder()
        .setRequestId(requestId)
        .setRequestDigest(ByteString.copyFromUtf8("digest of " + requestId))
        .setPrincipal("tester")
        .addAllOperations(List.of(operations))
        .build();
  }

  public static Append open(long collection, int shard) {
    return of(
        "open-" + collection + "-" + shard,
        Operation.newBuilder()
            .setCollectionId(collection)
            .setShard(shard)
            .setOpenShard(OpenShard.newBuilder().setEpoch(1))
            .build());
  }

  public static Append fence(long collection) {
    return of(
        "fence-" + collection,
        Operation.newBuilder()
            .setCollectionId(collection)
            .setFenceCollection(FenceCollection.getDefaultInstance())
            .build());
  }

  public static Operation upsert(long collection, int shard, String id, int bytes) {
    return Operation.newBuilder()
        .setCollectionId(collection)
        .setShard(shard)
        .setShardEpoch(1)
        .setUpsert(Upsert.newBuilder().setId(id).setVector(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  public static Append write(String requestId, long collection, int shard) {
    return of(requestId, upsert(collection, shard, "record of " + requestId, 16));
  }

  public static Append create(String name) {
    return of(
        "create-" + name,
        Operation.newBuilder()
            .setCreateCollection(
                CreateCollection.newBuilder()
                    .setDefinition(
                        CollectionDefinition.newBuilder()
                            .setName(name)
                            .setDimension(4)
                            .setMetric("cosine")
                            .setShards(2)))
            .build());
  }

  public static Append outcome(String requestId, long transaction, boolean committed) {
    return of(
        requestId,
        Operation.newBuilder()
            .setTransactionOutcome(
                TransactionOutcome.newBuilder()
                    .setTransactionStamp(transaction)
                    .setCommitted(committed))
            .build());
  }
}
