package io.vecraft.e2e.sim;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.storage.read.ShardId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The one collection: two shards, a record in each, made in two DATA partitions; and what clients
 * know of where the shards are.
 */
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

  /** Of the one control process that moves shards. */
  static final long CONTROL_EPOCH = 1;

  private final Home[] homes = new Home[SHARDS];

  SimCollection() {
    Arrays.setAll(homes, shard -> new Home(first(shard), 1));
  }

  /** A partition and the epoch of a shard there. */
  record Home(int partition, int epoch) {
    Home nextEpoch() {
      return new Home(partition, epoch + 1);
    }
  }

  static ShardId shard(String key) {
    return new ShardId(ID, ShardHash.shardOf(key, SHARDS));
  }

  /** The partition that a shard is made in. */
  static int first(int shard) {
    return PARTITIONS.placeShard(ID, shard);
  }

  /** The other DATA partition. */
  static int other(int partition) {
    return PARTITIONS.data().stream().filter(p -> p != partition).findFirst().orElseThrow();
  }

  /** Where clients take a record to be. */
  Home home(String key) {
    return home(shard(key).shard());
  }

  Home home(int shard) {
    return homes[shard];
  }

  /** Clients come to know where a shard is. */
  void learn(int shard, Home home) {
    if (home.epoch() > homes[shard].epoch()) {
      homes[shard] = home;
    }
  }

  /** Moves on to the next epoch of a shard, which clients know at once. */
  Operation nextEpoch(int shard) {
    learn(shard, homes[shard].nextEpoch());
    return open(shard, homes[shard].epoch());
  }

  static Operation control() {
    return Operation.newBuilder()
        .setBeginControl(BeginControl.newBuilder().setEpoch(CONTROL_EPOCH))
        .build();
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
