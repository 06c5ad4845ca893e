package io.vecraft.e2e.sim;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.storage.read.ShardId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The one collection: two shards on two DATA partitions, a record in each. */
final class SimCollection {
  static final Partitions PARTITIONS = new Partitions(2);
  static final long ID = 1;
  static final int SHARDS = 2;

  /** One record id of each shard. */
  static final List<String> KEYS =
      IntStream.range(0, SHARDS)
          .mapToObj(shard ->
              IntStream.iterate(0, i -> i + 1)
                  .mapToObj(i -> "k" + i)
                  .filter(key -> ShardHash.shardOf(key, SHARDS) == shard)
                  .findFirst()
                  .orElseThrow())
          .toList();

  private final int[] epochs = new int[SHARDS];

  SimCollection() {
    Arrays.fill(epochs, 1);
  }

  static ShardId shard(String key) {
    return new ShardId(ID, ShardHash.shardOf(key, SHARDS));
  }

  static int partition(String key) {
    return PARTITIONS.placeShard(ID, shard(key).shard());
  }

  static int partition(ShardId shard) {
    return PARTITIONS.placeShard(ID, shard.shard());
  }

  /** The newest epoch of a shard that anybody has asked for. */
  int epoch(String key) {
    return epochs[shard(key).shard()];
  }

  /** Moves on to the next epoch of a shard. */
  Operation nextEpoch(int shard) {
    return open(shard, ++epochs[shard]);
  }

  static Operation create() {
    return Operation.newBuilder()
        .setCreateCollection(
            CreateCollection.newBuilder()
                .setDefinition(
                    CollectionDefinition.newBuilder()
                        .setName("c")
                        .setDimension(1)
                        .setMetric("l2")
                        .setShards(SHARDS)))
        .build();
  }

  static Operation open(int shard, int epoch) {
    return Operation.newBuilder()
        .setCollectionId(ID)
        .setShard(shard)
        .setOpenShard(OpenShard.newBuilder().setEpoch(epoch).setHandedOver(epoch > 1))
        .build();
  }

  /** The metadata that holds a value. */
  static String json(int value) {
    return "{\"v\":" + value + "}";
  }

  /** The value that metadata holds. */
  static int value(byte[] json) {
    String text = new String(json, StandardCharsets.UTF_8);
    return Integer.parseInt(text.replaceAll("[^0-9]", ""));
  }
}
