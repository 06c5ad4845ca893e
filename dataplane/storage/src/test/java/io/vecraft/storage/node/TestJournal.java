package io.vecraft.storage.node;

import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.Delete;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Patch;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.Upsert;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** A real journal on real files, with what a gateway would do to write and to read strongly. */
final class TestJournal implements AutoCloseable {
  final Partitions partitions = new Partitions(2);
  final FileClockBound bound;
  final QuorumClock clock;
  final JournalServer server;
  private final AtomicLong requests = new AtomicLong(System.nanoTime());

  TestJournal(Path directory) {
    this(directory, config -> config);
  }

  TestJournal(Path directory, UnaryOperator<JournalConfig> changes) {
    bound = FileClockBound.open(directory);
    clock = QuorumClock.single(bound, MachineTime.SYSTEM);
    JournalConfig config = JournalConfig.defaults(directory).withPartitions(partitions);
    server = JournalServer.open(changes.apply(config), clock);
  }

  JournalApi api() {
    return server;
  }

  AppendResult tryAppend(int partition, List<Operation> operations) {
    String request = "request-" + requests.incrementAndGet();
    var append =
        Append.newBuilder()
            .setRequestId(request)
            .setRequestDigest(
                ByteString.copyFrom(
                    Hashing.sha256().hashUnencodedChars(operations.toString()).asBytes()))
            .setPrincipal("tester")
            .addAllOperations(operations);
    return server
        .appendBatch(
            AppendBatchRequest.newBuilder().setPartition(partition).addAppends(append).build())
        .join()
        .getResults(0);
  }

  AppendResult append(int partition, List<Operation> operations) {
    AppendResult result = tryAppend(partition, operations);
    if (result.hasFailure()) {
      throw new AssertionError(result.getFailure().toString());
    }
    return result;
  }

  CollectionState create(String name, int dimension, int shards, Map<String, String> schema) {
    return create(
        CollectionDefinition.newBuilder()
            .setName(name)
            .setDimension(dimension)
            .setMetric("l2")
            .setShards(shards)
            .putAllSchema(schema)
            .build());
  }

  CollectionState create(CollectionDefinition definition) {
    append(
        Partitions.SYSTEM,
        List.of(
            Operation.newBuilder()
                .setCreateCollection(CreateCollection.newBuilder().setDefinition(definition))
                .build()));
    CollectionState collection = catalog().requireCollection(definition.getName());
    collection
        .getPlacementsList()
        .forEach(placement ->
            append(
                placement.getPartition(),
                List.of(
                    Operation.newBuilder()
                        .setCollectionId(collection.getId())
                        .setShard(placement.getShard())
                        .setShardEpoch(placement.getEpoch())
                        .setOpenShard(
                            OpenShard.newBuilder()
                                .setEpoch(placement.getEpoch())
                                .setSchemaStamp(collection.getSchemaStamp()))
                        .build())));
    return collection;
  }

  Catalog catalog() {
    Catalog catalog = Catalog.empty(partitions);
    for (var record :
        server
            .pull(
                PullRequest.newBuilder()
                    .setPartition(Partitions.SYSTEM)
                    .setFromOffset(1)
                    .setMaxRecords(10_000)
                    .setMaxBytes(1 << 30)
                    .build())
            .getRecordsList()) {
      catalog = catalog.apply(record);
    }
    return catalog;
  }

  static ByteString bytes(float... vector) {
    ByteBuffer buffer = ByteBuffer.allocate(vector.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(vector);
    return ByteString.copyFrom(buffer);
  }

  static Precondition always() {
    return Precondition.getDefaultInstance();
  }

  Operation.Builder on(CollectionState c, String id) {
    int shard = ShardHash.shardOf(id, c.getDefinition().getShards());
    return Operation.newBuilder()
        .setCollectionId(c.getId())
        .setShard(shard)
        .setShardEpoch(c.getPlacements(shard).getEpoch())
        .setSchemaStamp(c.getSchemaStamp());
  }

  Operation upsert(CollectionState c, String id, String json, Precondition p, float... vector) {
    return on(c, id)
        .setUpsert(
            Upsert.newBuilder()
                .setId(id)
                .setMetadata(ByteString.copyFromUtf8(json))
                .setVector(bytes(vector))
                .setPrecondition(p))
        .build();
  }

  Operation patch(CollectionState c, String id, String json) {
    return on(c, id)
        .setPatch(Patch.newBuilder().setId(id).setMetadata(ByteString.copyFromUtf8(json)))
        .build();
  }

  Operation delete(CollectionState c, String id) {
    return on(c, id).setDelete(Delete.newBuilder().setId(id)).build();
  }

  ShardId shard(CollectionState c, String id) {
    return new ShardId(c.getId(), ShardHash.shardOf(id, c.getDefinition().getShards()));
  }

  int partition(CollectionState c, String id) {
    return c.getPlacements(shard(c, id).shard()).getPartition();
  }

  long write(CollectionState c, Operation operation, String id) {
    return append(partition(c, id), List.of(operation)).getStamp();
  }

  long transaction(Operation... operations) {
    return append(Partitions.TRANSACTION, List.of(operations)).getStamp();
  }

  /** S of a strong read: everything acknowledged before lies at or below it. */
  long barrier() {
    long now = clock.ask().join();
    clock.store(now).join();
    for (int partition : partitions.all()) {
      server
          .getOffset(
              GetOffsetRequest.newBuilder().setPartition(partition).setCloseAtLeast(now).build())
          .join();
    }
    return now;
  }

  /** A reader of each shard of a collection that has caught up with {@code stamp}. */
  List<ShardReader> readers(StorageNode node, CollectionState c, long stamp) {
    Deadline deadline = Deadline.afterMillis(60_000);
    node.awaitCatalog(stamp, deadline);
    return IntStream.range(0, c.getDefinition().getShards())
        .mapToObj(i -> {
          ShardReader reader = node.reader(new ShardId(c.getId(), i)).orElseThrow();
          reader.awaitFrontier(stamp, deadline);
          return reader;
        })
        .toList();
  }

  @Override
  public void close() {
    server.close();
    bound.close();
  }
}
