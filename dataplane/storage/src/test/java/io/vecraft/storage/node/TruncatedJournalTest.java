package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A journal whose beginning has been removed: only what no shard needs, and a shard that is damaged
 * afterwards is made again from what is left, or said to be lost.
 */
class TruncatedJournalTest {
  @TempDir Path directory;
  private final long seed = Long.getLong("vecraft.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Throwable> failures = new ArrayList<>();
  private TestJournal journal;
  private StorageNode steady;
  private CollectionState collection;

  @BeforeEach
  void start() {
    System.out.println("seed " + seed + " (-Dvecraft.test.seed)");
    journal =
        new TestJournal(
            directory.resolve("journal"),
            config -> config.withSegmentBytes(1 << 16).withDedup(Duration.ofMillis(1), 1 << 16));
    steady = open("steady", List.of());
    collection = journal.create("docs", 3, 2, Map.of());
  }

  @AfterEach
  void stop() {
    steady.close();
    journal.close();
    assertThat(failures).isEmpty();
  }

  private StorageNode open(String name, List<StorageNode> peers) {
    return StorageNode.open(
        StorageConfig.of(name, directory.resolve(name), journal.partitions, failures::add)
            .withPeers(() -> peers),
        journal.api(),
        journal.clock);
  }

  /** About four segments of each partition. */
  private void write() {
    for (int i = 0; i < 240; i++) {
      String id = "r" + random.nextInt(100);
      var upsert =
          journal.upsert(
              collection,
              id,
              "{\"t\":\"" + "x".repeat(3_000) + "\"}",
              TestJournal.always(),
              random.nextFloat(),
              random.nextFloat(),
              random.nextFloat());
      if (i % 3 == 0) {
        journal.transaction(upsert);
      } else {
        journal.write(collection, upsert, id);
      }
    }
  }

  private void checkpoint(StorageNode node) {
    journal.readers(node, collection, journal.barrier());
    node.checkpoint();
  }

  private int truncate(StorageNode... nodes) {
    int removed = 0;
    for (int partition : journal.partitions.all()) {
      if (partition != Partitions.SYSTEM) {
        long needed =
            Stream.of(nodes).mapToLong(n -> n.neededOffset(partition)).min().orElseThrow();
        removed += journal.server.truncate(partition, needed, Long.MAX_VALUE, 0);
      }
    }
    return removed;
  }

  private long truncatedPartitions() {
    return journal.server.status().getPartitionsList().stream()
        .filter(p -> p.getFirstOffset() > 1)
        .map(PartitionStatus::getPartition)
        .count();
  }

  /** A node with two checkpoints of each shard, and a journal that begins after the first. */
  private void twoCheckpointsAndTruncate() {
    try (StorageNode node = open("node", List.of())) {
      write();
      checkpoint(node);
      assertThat(truncate(node)).as("one checkpoint is not enough").isZero();
      write();
      checkpoint(node);
      assertThat(truncate(node)).isPositive();
      assertThat(truncatedPartitions()).isEqualTo(3);
      write();
    }
  }

  private void same(StorageNode node) {
    long now = journal.barrier();
    List<ShardReader> expected = journal.readers(steady, collection, now);
    List<ShardReader> readers = journal.readers(node, collection, now);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(readers.get(i).checksum(now))
          .as("seed %d shard %d", seed, i)
          .isEqualTo(expected.get(i).checksum(now));
      assertThat(readers.get(i).count(Optional.empty(), now))
          .isEqualTo(expected.get(i).count(Optional.empty(), now));
      assertThat(readers.get(i).operationsApplied(now))
          .isEqualTo(expected.get(i).operationsApplied(now));
    }
  }

  private void damage(String node, int shard, String... prefixes) throws IOException {
    Path path = directory.resolve(node + "/collection-" + collection.getId() + "/shard-" + shard);
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (Stream.of(prefixes).anyMatch(name::startsWith)) {
          byte[] bytes = Files.readAllBytes(file);
          bytes[bytes.length / 2] ^= 1;
          Files.write(file, bytes);
        }
      }
    }
  }

  @Test
  void aNodeStartsFromItsCheckpointOrTheOneBefore() throws IOException {
    twoCheckpointsAndTruncate();
    try (StorageNode node = open("node", List.of())) {
      same(node);
    }
    Path shard = directory.resolve("node/collection-" + collection.getId() + "/shard-0");
    byte[] manifest = Files.readAllBytes(shard.resolve("MANIFEST"));
    manifest[20] ^= 1;
    Files.write(shard.resolve("MANIFEST"), manifest);
    try (StorageNode node = open("node", List.of())) {
      assertThat(shard.resolveSibling("shard-0.damaged")).exists();
      same(node);
    }
  }

  @Test
  void aShardWithoutAWholeCheckpointIsCopiedFromANodeThatHasOne() throws IOException {
    twoCheckpointsAndTruncate();
    checkpoint(steady);
    damage("node", 0, "rows", "payload");
    damage("node", 1, "MANIFEST");
    try (StorageNode node = open("node", List.of(steady))) {
      same(node);
      checkpoint(node);
      // While it serves.
      damage("node", 1, "rows", "ids", "vectors");
      node.scrub();
      Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> tries(node));
      same(node);
    }
    // A new node, which never saw the beginning.
    try (StorageNode added = open("added", List.of(steady))) {
      same(added);
    }
  }

  /** Reading is what finds a rebuild done. */
  private boolean tries(StorageNode node) {
    try {
      same(node);
      return true;
    } catch (VecraftException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED);
      return false;
    }
  }

  @Test
  void aShardOfWhichNoCopyIsLeftIsSaidToBeLostAndTheOthersGoOn() throws IOException {
    twoCheckpointsAndTruncate();
    damage("node", 0, "rows", "payload");
    for (int start = 0; start < 2; start++) {
      try (StorageNode node = open("node", List.of())) {
        long now = journal.barrier();
        ShardReader lost = node.reader(new ShardId(collection.getId(), 0)).orElseThrow();
        assertThat(lost.stats().damage())
            .hasValueSatisfying(d -> assertThat(d).contains("no other"));
        assertThatThrownBy(() -> lost.checksum(lost.frontier()))
            .isInstanceOfSatisfying(
                VecraftException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED));
        ShardReader whole = node.reader(new ShardId(collection.getId(), 1)).orElseThrow();
        long expected = journal.readers(steady, collection, now).get(1).checksum(now);
        whole.awaitFrontier(now, io.vecraft.journal.time.Deadline.afterMillis(60_000));
        assertThat(whole.checksum(now)).isEqualTo(expected);
        node.checkpoint();
      }
    }
  }

  /** What was removed is older than the collection: nothing of it is missing. */
  @Test
  void aCollectionMadeAfterTheTruncationNeedsNoCheckpoint() {
    twoCheckpointsAndTruncate();
    CollectionState later = journal.create("later", 2, 2, Map.of());
    long stamp =
        journal.write(later, journal.upsert(later, "a", "{}", TestJournal.always(), 1, 2), "a");
    for (int start = 0; start < 2; start++) {
      try (StorageNode node = open("node", List.of())) {
        long now = journal.barrier();
        assertThat(now).isGreaterThan(stamp);
        long found =
            journal.readers(node, later, now).stream()
                .mapToLong(r -> r.count(Optional.empty(), now))
                .sum();
        assertThat(found).isEqualTo(1);
        same(node);
      }
    }
  }
}
