package io.vecraft.storage.replay;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.Delete;
import io.vecraft.proto.journal.DropCollection;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Patch;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TransactionOutcome;
import io.vecraft.proto.journal.Upsert;
import io.vecraft.storage.read.ShardId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random logs of several partitions, and what they add up to by the plainest of models: all
 * versions of each id in a sorted map. Written without a look at the code under test.
 */
final class ModelLogs {
  final Partitions partitions;
  final Random random;
  final int dimension;
  final Map<Integer, List<Record>> logs = new TreeMap<>();
  final TreeMap<Long, Record> merged = new TreeMap<>();
  final Map<String, TreeMap<Long, Version>> versions = new HashMap<>();
  final Map<Long, Map<Integer, String>> kinds = new HashMap<>();
  Catalog catalog;
  private long millis = 1_000_000;
  private int counter;

  /** A version in the model; no metadata: a tombstone. */
  record Version(Optional<Map<String, String>> metadata, float[] vector) {}

  ModelLogs(long seed, int dataPartitions, int dimension) {
    this.partitions = new Partitions(dataPartitions);
    this.random = new Random(seed);
    this.dimension = dimension;
    this.catalog = Catalog.empty(partitions);
    partitions.all().forEach(p -> logs.put(p, new ArrayList<>()));
  }

  private long nextStamp(int partition) {
    if (random.nextInt(3) == 0) {
      millis += 1 + random.nextInt(3);
      counter = 0;
    }
    counter++;
    return Stamp.of(millis, counter, partition);
  }

  long newestStamp() {
    return merged.isEmpty() ? 0 : merged.lastKey();
  }

  Record append(int partition, List<Operation> operations) {
    return append(partition, operations, nextStamp(partition));
  }

  private Record append(int partition, List<Operation> operations, long stamp) {
    List<Record> log = logs.get(partition);
    Record record =
        Record.newBuilder()
            .setOffset(log.size() + 1)
            .setStamp(stamp)
            .setRequestId("request-" + merged.size())
            .setPrincipal("tester")
            .addAllOperations(operations)
            .build();
    log.add(record);
    merged.put(stamp, record);
    return record;
  }

  long createCollection(String name, int shards, Map<String, String> schema) {
    long id = catalog.nextId();
    Record record =
        append(
            Partitions.SYSTEM,
            List.of(
                Operation.newBuilder()
                    .setCreateCollection(
                        CreateCollection.newBuilder()
                            .setDefinition(
                                CollectionDefinition.newBuilder()
                                    .setName(name)
                                    .setDimension(dimension)
                                    .setMetric("l2")
                                    .setShards(shards)
                                    .putAllSchema(schema)))
                    .build()));
    catalog = catalog.apply(record);
    return id;
  }

  void drop(long collection) {
    Record record =
        append(
            Partitions.SYSTEM,
            List.of(
                Operation.newBuilder()
                    .setDropCollection(DropCollection.newBuilder().setCollectionId(collection))
                    .build()));
    catalog = catalog.apply(record);
    versions.keySet().removeIf(key -> key.startsWith(collection + "/"));
  }

  ShardId shardOf(long collection, String id) {
    int shards = catalog.collection(collection).orElseThrow().getDefinition().getShards();
    return new ShardId(collection, ShardHash.shardOf(id, shards));
  }

  int partitionOf(ShardId shard) {
    return catalog
        .collection(shard.collectionId())
        .orElseThrow()
        .getPlacements(shard.shard())
        .getPartition();
  }

  String randomId() {
    return "id-" + random.nextInt(40);
  }

  private Precondition randomPrecondition(long collection, String id) {
    var precondition = Precondition.newBuilder();
    switch (random.nextInt(5)) {
      case 0 -> precondition.setIfAbsent(true);
      case 1 -> precondition.setIfPresent(true);
      case 2 -> {
        OptionalLong version = current(collection, id);
        precondition.setIfVersion(
            random.nextInt(4) == 0 ? 12345 : version.orElse(Math.max(1, newestStamp())));
      }
      default -> {}
    }
    return precondition.build();
  }

  Operation randomOperation(long collection, String id) {
    var operation =
        Operation.newBuilder()
            .setCollectionId(collection)
            .setShard(shardOf(collection, id).shard())
            .setShardEpoch(1);
    Precondition precondition = randomPrecondition(collection, id);
    String json = "{\"n\":" + random.nextInt(10) + ",\"t\":\"w" + random.nextInt(5) + "\"}";
    switch (random.nextInt(6)) {
      case 0 -> operation.setDelete(Delete.newBuilder().setId(id).setPrecondition(precondition));
      case 1, 2 ->
          operation.setPatch(
              Patch.newBuilder()
                  .setId(id)
                  .setPrecondition(precondition)
                  .setMetadata(
                      ByteString.copyFromUtf8(
                          random.nextBoolean()
                              ? "{\"n\":" + random.nextInt(10) + "}"
                              : "{\"t\":null}")));
      default -> {
        var upsert =
            Upsert.newBuilder()
                .setId(id)
                .setPrecondition(precondition)
                .setMetadata(ByteString.copyFromUtf8(json));
        if (dimension > 0 && random.nextInt(10) > 0) {
          upsert.setVector(bytes(randomVector()));
        }
        operation.setUpsert(upsert);
      }
    }
    return operation.build();
  }

  float[] randomVector() {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = random.nextFloat() * 2 - 1;
    }
    return vector;
  }

  static ByteString bytes(float[] vector) {
    ByteBuffer buffer = ByteBuffer.allocate(vector.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(vector);
    return ByteString.copyFrom(buffer);
  }

  static float[] floats(ByteString bytes) {
    float[] vector = new float[bytes.size() / 4];
    bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    return vector;
  }

  /** A DATA record of operations on different ids of one shard's partition. */
  void randomData(long collection) {
    Map<String, Operation> operations = new LinkedHashMap<>();
    String first = randomId();
    int partition = partitionOf(shardOf(collection, first));
    operations.put(first, randomOperation(collection, first));
    for (int i = random.nextInt(4); i > 0; i--) {
      String id = randomId();
      if (partitionOf(shardOf(collection, id)) == partition) {
        operations.putIfAbsent(id, randomOperation(collection, id));
      }
    }
    Record record = append(partition, List.copyOf(operations.values()));
    for (int i = 0; i < record.getOperationsCount(); i++) {
      applyAlone(record, i);
    }
  }

  /** A transaction, and its outcome if it needs one: at once, later, or twice. */
  void randomTransaction(List<Long> collections) {
    Map<String, Operation> operations = new LinkedHashMap<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      long collection = collections.get(random.nextInt(collections.size()));
      String id = randomId();
      operations.putIfAbsent(collection + "/" + id, randomOperation(collection, id));
    }
    Record record = append(Partitions.TRANSACTION, List.copyOf(operations.values()));
    List<Integer> failed = new ArrayList<>();
    for (int i = 0; i < record.getOperationsCount(); i++) {
      if (!verdict(record.getOperations(i)).equals("ok")) {
        failed.add(i);
      }
    }
    boolean needs = Transactions.needsOutcome(record.getOperationsList(), catalog);
    if (needs) {
      outcome(record.getStamp(), failed);
      if (random.nextInt(4) == 0) {
        // A second opinion, which comes too late to count.
        outcome(record.getStamp(), failed.isEmpty() ? List.of(0) : List.of());
      }
    }
    applyTogether(record, failed);
  }

  private void outcome(long stamp, List<Integer> failed) {
    append(
        Partitions.TRANSACTION,
        List.of(
            Operation.newBuilder()
                .setTransactionOutcome(
                    TransactionOutcome.newBuilder()
                        .setTransactionStamp(stamp)
                        .setCommitted(failed.isEmpty())
                        .addAllFailedOperations(failed))
                .build()));
  }

  private static String key(Operation operation) {
    String id =
        switch (operation.getKindCase()) {
          case UPSERT -> operation.getUpsert().getId();
          case PATCH -> operation.getPatch().getId();
          default -> operation.getDelete().getId();
        };
    return operation.getCollectionId() + "/" + id;
  }

  OptionalLong current(long collection, String id) {
    TreeMap<Long, Version> all = versions.get(collection + "/" + id);
    return all == null || all.lastEntry().getValue().metadata().isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(all.lastKey());
  }

  private String verdict(Operation operation) {
    TreeMap<Long, Version> all = versions.getOrDefault(key(operation), new TreeMap<>());
    boolean exists = !all.isEmpty() && all.lastEntry().getValue().metadata().isPresent();
    Precondition precondition =
        switch (operation.getKindCase()) {
          case UPSERT -> operation.getUpsert().getPrecondition();
          case PATCH -> operation.getPatch().getPrecondition();
          default -> operation.getDelete().getPrecondition();
        };
    if (operation.hasPatch() && !exists) {
      return "missing";
    }
    return switch (precondition.getKindCase()) {
      case IF_ABSENT -> exists ? "conflict" : "ok";
      case IF_PRESENT -> exists ? "ok" : "missing";
      case IF_VERSION -> exists && all.lastKey() == precondition.getIfVersion() ? "ok" : "conflict";
      case KIND_NOT_SET -> "ok";
    };
  }

  private void note(Record record, int position, String kind) {
    kinds.computeIfAbsent(record.getStamp(), s -> new TreeMap<>()).put(position, kind);
  }

  private void applyAlone(Record record, int position) {
    switch (verdict(record.getOperations(position))) {
      case "ok" -> effect(record, position);
      case "missing" -> note(record, position, "NOT_FOUND");
      default -> note(record, position, "CONFLICT");
    }
  }

  private void applyTogether(Record record, List<Integer> failed) {
    for (int i = 0; i < record.getOperationsCount(); i++) {
      if (failed.isEmpty()) {
        effect(record, i);
      } else if (failed.contains(i)) {
        boolean missing = verdict(record.getOperations(i)).equals("missing");
        note(record, i, missing ? "NOT_FOUND" : "CONFLICT");
      } else {
        note(record, i, "ABORTED");
      }
    }
  }

  private void effect(Record record, int position) {
    Operation operation = record.getOperations(position);
    TreeMap<Long, Version> all = versions.get(key(operation));
    boolean exists = all != null && all.lastEntry().getValue().metadata().isPresent();
    if (operation.hasDelete() && !exists) {
      note(record, position, "NOT_FOUND");
      return;
    }
    TreeMap<Long, Version> into = versions.computeIfAbsent(key(operation), k -> new TreeMap<>());
    switch (operation.getKindCase()) {
      case UPSERT -> {
        Upsert upsert = operation.getUpsert();
        into.put(
            record.getStamp(),
            new Version(
                Optional.of(parse(upsert.getMetadata().toStringUtf8())),
                floats(upsert.getVector())));
        note(record, position, exists ? "UPDATED" : "CREATED");
      }
      case PATCH -> {
        Version before = into.lastEntry().getValue();
        Map<String, String> metadata = new TreeMap<>(before.metadata().orElseThrow());
        parse(operation.getPatch().getMetadata().toStringUtf8())
            .forEach((k, v) -> {
              if (v.equals("null")) {
                metadata.remove(k);
              } else {
                metadata.put(k, v);
              }
            });
        into.put(record.getStamp(), new Version(Optional.of(metadata), before.vector()));
        note(record, position, "UPDATED");
      }
      default -> {
        into.put(record.getStamp(), new Version(Optional.empty(), new float[0]));
        note(record, position, "DELETED");
      }
    }
  }

  /** The flat objects that the tests write. */
  static Map<String, String> parse(String json) {
    Map<String, String> map = new TreeMap<>();
    String inner = json.trim();
    inner = inner.isEmpty() ? "" : inner.substring(1, inner.length() - 1);
    for (String pair : inner.split(",")) {
      if (!pair.isBlank()) {
        String[] parts = pair.split(":", 2);
        map.put(parts[0].replace("\"", "").trim(), parts[1].trim());
      }
    }
    return map;
  }

  /** What is visible of a shard at a stamp. */
  Map<String, Map.Entry<Long, Version>> at(ShardId shard, long stamp) {
    Map<String, Map.Entry<Long, Version>> visible = new TreeMap<>();
    versions.forEach((key, all) -> {
      long collection = Long.parseLong(key.substring(0, key.indexOf('/')));
      String id = key.substring(key.indexOf('/') + 1);
      var entry = all.floorEntry(stamp);
      if (collection == shard.collectionId()
          && entry != null
          && entry.getValue().metadata().isPresent()
          && shardOf(collection, id).equals(shard)) {
        visible.put(id, Map.entry(entry.getKey(), entry.getValue()));
      }
    });
    return visible;
  }

  /** Some of a partition's log from an offset, and how far that closes it. */
  PullResponse pull(int partition, long from, int max, long closeAll) {
    List<Record> log = logs.get(partition);
    int first = (int) from - 1;
    int last = Math.min(log.size(), first + max);
    var response = PullResponse.newBuilder().setFirstOffset(1).setLastOffset(log.size());
    for (int i = first; i < last; i++) {
      response.addRecords(log.get(i));
    }
    response.setNextOffset(Math.max(from, last + 1L));
    long closed = last > 0 ? log.get(last - 1).getStamp() : 0;
    return response
        .setClosedStamp(last == log.size() ? Math.max(closed, closeAll) : closed)
        .build();
  }
}
