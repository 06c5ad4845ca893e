package io.vecraft.storage.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.shard.ShardReads;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Random logs in random pieces against the model, at random stamps. */
class PartitionMergeTest {
  private static final int ROUNDS = Integer.getInteger("vecraft.test.rounds", 60);

  @Test
  void whatIsAppliedIsAFunctionOfTheLogsHoweverTheyArrive() {
    long base = Long.getLong("vecraft.test.seed", System.nanoTime());
    System.out.println("seed " + base + " (-Dvecraft.test.seed)");
    for (int round = 0; round < ROUNDS; round++) {
      long seed = base + round;
      ModelLogs logs = randomLogs(seed, 3, 120);
      Random random = new Random(seed);
      for (int partition : logs.partitions.data()) {
        try (LocalShards one = new LocalShards(partition);
            LocalShards other = new LocalShards(partition)) {
          replay(logs, one, partition, random);
          replay(logs, other, partition, random);
          compare(seed, logs, one, other, random);
        }
      }
    }
  }

  static ModelLogs randomLogs(long seed, int dimension, int records) {
    ModelLogs logs = new ModelLogs(seed, 2, dimension);
    List<Long> collections = new ArrayList<>();
    collections.add(logs.createCollection("a", 3, Map.of("n", "integer")));
    collections.add(logs.createCollection("b", 1, Map.of()));
    for (int i = 0; i < records; i++) {
      int what = logs.random.nextInt(100);
      if (what < 3 && collections.size() > 1) {
        logs.drop(collections.removeLast());
      } else if (what < 5) {
        collections.add(logs.createCollection("c" + i, 2, Map.of("t", "keyword")));
      } else if (what < 30) {
        logs.randomTransaction(collections);
      } else {
        logs.randomData(collections.get(logs.random.nextInt(collections.size())));
      }
    }
    return logs;
  }

  private static void replay(ModelLogs logs, LocalShards shards, int partition, Random random) {
    PartitionMerge merge =
        new PartitionMerge(
            partition, PartitionMerge.Offsets.START, Catalog.empty(logs.partitions), 0, shards);
    long end = logs.newestStamp() + 1;
    long frontier = 0;
    while (merge.frontier() < end) {
      int from = List.of(1, 2, partition).get(random.nextInt(3));
      merge.offer(from, logs.pull(from, merge.nextOffset(from), 1 + random.nextInt(20), end));
      while (random.nextBoolean() && merge.advance(1 + random.nextInt(5))) {
        assertThat(merge.frontier()).isGreaterThanOrEqualTo(frontier);
        frontier = merge.frontier();
      }
      merge.advance(random.nextInt(3));
    }
    assertThat(merge.undecided()).isEmpty();
  }

  private static void compare(
      long seed, ModelLogs logs, LocalShards one, LocalShards other, Random random) {
    assertThat(one.shards().keySet()).as("seed %d", seed).isEqualTo(other.shards().keySet());
    one.shards()
        .forEach((id, state) -> {
          ShardReads reads = state.reads();
          for (int i = 0; i < 5; i++) {
            long stamp =
                i == 0
                    ? logs.newestStamp()
                    : new ArrayList<>(logs.merged.keySet()).get(random.nextInt(logs.merged.size()))
                        - random.nextInt(2);
            check(seed, logs, id, reads, stamp);
            assertThat(reads.checksum(stamp))
                .as("seed %d", seed)
                .isEqualTo(other.shards().get(id).reads().checksum(stamp));
          }
          checkOutcomes(seed, logs, id, reads);
        });
  }

  static void check(long seed, ModelLogs logs, ShardId id, ShardReads reads, long stamp) {
    Map<String, Map.Entry<Long, ModelLogs.Version>> expected = logs.at(id, stamp);
    assertThat(reads.count(Optional.empty(), stamp)).as("seed %d", seed).isEqualTo(expected.size());
    List<RecordView> scrolled = new ArrayList<>();
    Optional<String> after = Optional.empty();
    while (true) {
      List<RecordView> page = reads.scroll(Optional.empty(), after, 3, stamp, Include.ALL);
      if (page.isEmpty()) {
        break;
      }
      scrolled.addAll(page);
      after = Optional.of(page.getLast().id());
    }
    assertThat(scrolled.stream().map(RecordView::id))
        .as("seed %d stamp %d", seed, stamp)
        .containsExactlyElementsOf(expected.keySet());
    Map<String, RecordView> got = new HashMap<>();
    reads
        .get(List.copyOf(expected.keySet()), stamp, Include.ALL)
        .forEach(view -> got.put(view.id(), view));
    for (RecordView view : scrolled) {
      var version = expected.get(view.id());
      assertThat(view.version()).as("seed %d %s", seed, view.id()).isEqualTo(version.getKey());
      assertThat(ModelLogs.parse(new String(view.metadata(), StandardCharsets.UTF_8)))
          .as("seed %d %s", seed, view.id())
          .isEqualTo(version.getValue().metadata().orElseThrow());
      assertThat(view.vector())
          .as("seed %d %s", seed, view.id())
          .isEqualTo(version.getValue().vector());
      assertThat(got.get(view.id()).version()).isEqualTo(view.version());
    }
  }

  private static void checkOutcomes(long seed, ModelLogs logs, ShardId id, ShardReads reads) {
    long operations = 0;
    for (var entry : logs.kinds.entrySet()) {
      Map<Integer, String> expected = new TreeMap<>();
      var record = logs.merged.get(entry.getKey());
      entry
          .getValue()
          .forEach((position, kind) -> {
            var operation = record.getOperations(position);
            if (operation.getCollectionId() == id.collectionId()
                && logs.catalog.collection(id.collectionId()).isPresent()
                && logs.shardOf(
                        id.collectionId(), io.vecraft.storage.shard.Preconditions.id(operation))
                    .equals(id)) {
              expected.put(position, kind);
            }
          });
      Map<Integer, String> actual = new TreeMap<>();
      for (OperationOutcome outcome : reads.outcomes(entry.getKey()).orElse(List.of())) {
        actual.put(outcome.operation(), outcome.kind().name());
      }
      assertThat(actual).as("seed %d stamp %d", seed, entry.getKey()).isEqualTo(expected);
      operations += expected.size();
    }
    assertThat(reads.operationsApplied(logs.newestStamp())).isEqualTo(operations);
  }
}
