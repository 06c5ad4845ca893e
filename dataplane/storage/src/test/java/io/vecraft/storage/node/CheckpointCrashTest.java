package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.proto.journal.CollectionState;
import io.vecraft.storage.checkpoint.ShardDirectory;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The process dies at each step of writing a checkpoint, and the machine with it: the last good one
 * is there, nothing looks damaged, and the shard goes on from it.
 */
class CheckpointCrashTest {
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
    journal = new TestJournal(directory.resolve("journal"));
    steady = open(directory.resolve("steady"));
    collection = journal.create("docs", 3, 1, Map.of("n", "integer"));
  }

  @AfterEach
  void stop() {
    steady.close();
    journal.close();
    assertThat(failures).isEmpty();
  }

  private StorageNode open(Path at) {
    return StorageNode.open(
        StorageConfig.of("node", at, journal.partitions, failures::add),
        journal.api(),
        journal.clock);
  }

  private void write(int operations) {
    for (int i = 0; i < operations; i++) {
      String id = "r" + random.nextInt(40);
      String json = "{\"n\":" + random.nextInt(5) + "}";
      var upsert =
          journal.upsert(
              collection,
              id,
              json,
              TestJournal.always(),
              random.nextFloat(),
              random.nextFloat(),
              random.nextFloat());
      journal.write(
          collection, random.nextInt(4) == 0 ? journal.delete(collection, id) : upsert, id);
    }
  }

  private void checkpoint(StorageNode node) {
    journal.readers(node, collection, journal.barrier());
    node.checkpoint();
  }

  private Path shard() {
    return directory.resolve("node/collection-" + collection.getId() + "/shard-0");
  }

  private TreeMap<String, byte[]> files() throws IOException {
    TreeMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> list = Files.list(shard())) {
      for (Path file : list.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private void put(Map<String, byte[]> files) throws IOException {
    for (String name : files().keySet()) {
      Files.delete(shard().resolve(name));
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(shard().resolve(file.getKey()), file.getValue());
    }
  }

  private void same(StorageNode node, long from, String as) {
    ShardReader reader = node.readers().getFirst();
    assertThat(reader.frontier()).as(as).isGreaterThanOrEqualTo(from);
    long now = journal.barrier();
    ShardReader found = journal.readers(node, collection, now).getFirst();
    ShardReader expected = journal.readers(steady, collection, now).getFirst();
    assertThat(found.checksum(now)).as(as).isEqualTo(expected.checksum(now));
    assertThat(found.count(Optional.empty(), now))
        .as(as)
        .isEqualTo(expected.count(Optional.empty(), now));
    assertThat(found.operationsApplied(now)).as(as).isEqualTo(expected.operationsApplied(now));
    node.scrub();
    assertThat(shard().resolveSibling("shard-0.damaged")).as(as).doesNotExist();
    assertThat(reader.stats().damage()).as(as).isEmpty();
  }

  /** Steps one in five of them in a run; all with {@code -Dvecraft.test.damage=all}. */
  @Test
  void theLastGoodCheckpointIsThereWhereverItIsCutShort() throws IOException {
    write(60);
    try (StorageNode node = open(directory.resolve("node"))) {
      checkpoint(node);
      write(30);
      checkpoint(node);
    }
    TreeMap<String, byte[]> good = files();
    assertThat(good).containsKeys("MANIFEST", "MANIFEST.previous");
    long stamp =
        new ShardDirectory(directory.resolve("node"), new ShardId(collection.getId(), 0))
            .load()
            .orElseThrow()
            .stamp();
    write(40);
    boolean all = System.getProperty("vecraft.test.damage", "").equals("all");
    int stride = all ? 1 : 5;
    int crashes = 0;
    boolean whole = false;
    for (int step = 1 + random.nextInt(stride); !whole; step += stride) {
      put(good);
      var crashing = new CrashingFiles(directory);
      StorageNode node = open(crashing.path(directory.resolve("node")));
      journal.readers(node, collection, journal.barrier());
      crashing.failAt(step);
      node.checkpoint();
      whole = !crashing.failed();
      crashes += whole ? 0 : 1;
      node.close();
      crashing.losePower(random);
      String as = "seed %d step %d".formatted(seed, step);
      try (StorageNode again = open(directory.resolve("node"))) {
        same(again, stamp, as);
        checkpoint(again);
      }
      try (StorageNode again = open(directory.resolve("node"))) {
        same(again, stamp, as);
      }
    }
    assertThat(crashes).as("steps of a checkpoint").isGreaterThan(all ? 60 : 12);
  }
}
