package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.DropCollection;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.SearchSpec;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restarts from checkpoints, and damage of every file, against a node that never stopped. */
class CheckpointTest {
  @TempDir Path directory;
  private final long seed = Long.getLong("vecraft.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Throwable> failures = new ArrayList<>();
  private final List<Long> stamps = new ArrayList<>();
  private TestJournal journal;
  private StorageNode steady;
  private CollectionState collection;

  @BeforeEach
  void start() {
    System.out.println("seed " + seed + " (-Dvecraft.test.seed)");
    journal = new TestJournal(directory.resolve("journal"));
    steady = open("steady");
    collection = journal.create("docs", 3, 2, Map.of("n", "integer"));
  }

  @AfterEach
  void stop() {
    steady.close();
    journal.close();
    assertThat(failures).isEmpty();
  }

  private StorageNode open(String name) {
    StorageNode node = prepare(name);
    node.begin();
    return node;
  }

  private StorageNode prepare(String name) {
    return StorageNode.prepare(
        StorageConfig.of(name, directory.resolve(name), journal.partitions, failures::add),
        journal.api(),
        journal.clock);
  }

  private void write(int operations) {
    for (int i = 0; i < operations; i++) {
      String id = "r" + random.nextInt(60);
      String json = "{\"n\":" + random.nextInt(5) + "}";
      float[] vector = {random.nextFloat(), random.nextFloat(), random.nextFloat()};
      Precondition maybe =
          random.nextInt(3) == 0
              ? Precondition.newBuilder().setIfAbsent(true).build()
              : TestJournal.always();
      Operation operation =
          switch (random.nextInt(5)) {
            case 0 -> journal.delete(collection, id);
            case 1 -> journal.patch(collection, id, json);
            default -> journal.upsert(collection, id, json, maybe, vector);
          };
      if (random.nextInt(10) == 0) {
        String other = "r" + random.nextInt(60);
        stamps.add(
            other.equals(id)
                ? journal.transaction(operation)
                : journal.transaction(
                    operation, journal.upsert(collection, other, json, maybe, vector)));
      } else {
        stamps.add(journal.write(collection, operation, id));
      }
    }
  }

  private void same(StorageNode node, long now) {
    List<ShardReader> left = journal.readers(steady, collection, now);
    List<ShardReader> right = journal.readers(node, collection, now);
    for (int shard = 0; shard < left.size(); shard++) {
      ShardReader a = left.get(shard);
      ShardReader b = right.get(shard);
      for (int i = 0; i < 6; i++) {
        long at = i == 0 ? now : stamps.get(random.nextInt(stamps.size()));
        assertThat(b.checksum(at)).as("seed %d at %d", seed, at).isEqualTo(a.checksum(at));
        assertThat(b.count(Optional.empty(), at)).isEqualTo(a.count(Optional.empty(), at));
        assertThat(b.operationsApplied(at)).isEqualTo(a.operationsApplied(at));
        assertThat(b.outcomes(at)).isEqualTo(a.outcomes(at));
        var filter = Optional.of(FilterParser.fromSql("n < 3"));
        assertThat(b.count(filter, at)).isEqualTo(a.count(filter, at));
        SearchSpec spec =
            new SearchSpec(
                new float[] {random.nextFloat(), 0.5f, 0.5f}, 5, 50, true, filter, Include.ALL);
        assertThat(ids(b, spec, at)).isEqualTo(ids(a, spec, at));
        assertThat(b.scroll(filter, Optional.empty(), 100, at, Include.NOTHING))
            .extracting(v -> v.id() + v.version())
            .isEqualTo(
                a.scroll(filter, Optional.empty(), 100, at, Include.NOTHING).stream()
                    .map(v -> v.id() + v.version())
                    .toList());
      }
      for (int i = 0; i < 60; i++) {
        assertThat(b.history("r" + i, Long.MAX_VALUE, 100))
            .usingRecursiveComparison()
            .isEqualTo(a.history("r" + i, Long.MAX_VALUE, 100));
      }
    }
  }

  private static List<String> ids(ShardReader reader, SearchSpec spec, long at) {
    return reader.search(spec, at, Deadline.afterMillis(60_000)).hits().stream()
        .map(h -> h.record().id())
        .toList();
  }

  @Test
  void aRestartGoesOnWhereACheckpointWasCut() throws IOException {
    write(20);
    StorageNode node = open("node");
    for (int round = 0; round < 8; round++) {
      write(random.nextInt(60));
      if (random.nextInt(3) > 0) {
        journal.readers(node, collection, journal.barrier());
      }
      node.checkpoint();
      write(random.nextInt(30));
      if (random.nextBoolean()) {
        node.checkpoint();
      }
      same(node, journal.barrier());
      node.close();
      node = open("node");
      same(node, journal.barrier());
      assertThat(damagedSets()).as("seed %d", seed).isEmpty();
    }
    node.close();
  }

  @Test
  void aCheckpointTakenWhileRecordsAreAppliedIsOfOneMoment() throws Exception {
    StorageNode node = open("node");
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> writer = threads.submit(() -> write(600));
      while (!writer.isDone()) {
        node.checkpoint();
      }
      writer.get();
    }
    node.close();
    try (StorageNode again = open("node")) {
      same(again, journal.barrier());
      assertThat(damagedSets()).as("seed %d", seed).isEmpty();
    }
  }

  private List<Path> damagedSets() throws IOException {
    try (Stream<Path> all = Files.walk(directory.resolve("node"))) {
      return all.filter(p -> p.toString().endsWith(".damaged")).toList();
    }
  }

  @Test
  void aNodeAnswersFromItsCheckpointBeforeReplayHasEnded() {
    write(40);
    StorageNode node = open("node");
    long then = journal.barrier();
    journal.readers(node, collection, then);
    node.checkpoint();
    node.close();
    write(40);
    try (StorageNode again = open("node")) {
      for (ShardReader reader : again.readers()) {
        assertThat(reader.frontier()).isGreaterThanOrEqualTo(then);
      }
      same(again, journal.barrier());
    }
  }

  @Test
  void aNodeThatHasNotBegunAnswersFromItsCheckpointAndWaitersCatchUp() {
    write(40);
    StorageNode node = open("node");
    long then = journal.barrier();
    journal.readers(node, collection, then);
    node.checkpoint();
    node.close();
    write(40);
    try (StorageNode prepared = prepare("node")) {
      List<ShardReader> readers = prepared.readers();
      assertThat(readers).isNotEmpty();
      for (ShardReader reader : readers) {
        assertThat(reader.frontier()).isGreaterThanOrEqualTo(then);
      }
      same(prepared, journal.barrier());
      write(20);
      prepared.beginAfterFirstAnswers();
      same(prepared, journal.barrier());
    }
    try (StorageNode again = prepare("node")) {
      again.beginAfterFirstAnswers();
    }
    prepare("node").close();
  }

  @Test
  void aFlippedBitOfAnyFileIsFoundAndTheShardRebuilt() throws IOException {
    write(80);
    StorageNode node = open("node");
    long then = journal.barrier();
    journal.readers(node, collection, then);
    node.checkpoint();
    node.close();
    Path shard = directory.resolve("node/collection-" + collection.getId() + "/shard-0");
    Path copy = Files.createDirectory(directory.resolve("copy"));
    copyAll(shard, copy);
    List<Path> files;
    try (Stream<Path> list = Files.list(copy)) {
      files = list.sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(6);
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      List<Integer> places =
          bytes.length == 0
              ? List.of()
              : List.of(0, bytes.length / 2, bytes.length - 1, random.nextInt(bytes.length));
      for (int place : places) {
        if (Files.exists(shard)) {
          deleteAll(shard);
        }
        Files.createDirectories(shard);
        copyAll(copy, shard);
        byte[] flipped = bytes.clone();
        flipped[place] ^= (byte) (1 << random.nextInt(8));
        Files.write(shard.resolve(file.getFileName()), flipped);
        try (StorageNode again = open("node")) {
          again.scrub();
          checkOrRefuse(again);
          assertThat(shard.resolveSibling("shard-0.damaged"))
              .as("seed %d %s byte %d", seed, file.getFileName(), place)
              .exists();
        }
        deleteAll(shard.resolveSibling("shard-0.damaged"));
      }
    }
  }

  @Test
  void damageThatTheScrubberFindsIsRepairedWhileTheNodeServes() throws IOException {
    write(80);
    try (StorageNode node = open("node")) {
      journal.readers(node, collection, journal.barrier());
      node.checkpoint();
      Path shard = directory.resolve("node/collection-" + collection.getId() + "/shard-1");
      Path file = shard.resolve("payload.000000.1.rows");
      try (Stream<Path> list = Files.list(shard)) {
        file =
            list.filter(f -> f.getFileName().toString().startsWith("payload"))
                .findFirst()
                .orElse(file);
      }
      byte[] bytes = Files.readAllBytes(file);
      bytes[random.nextInt(bytes.length)] ^= 4;
      Files.write(file, bytes);
      ShardReader reader = node.reader(new ShardId(collection.getId(), 1)).orElseThrow();
      long promised = reader.frontier();
      node.scrub();
      assertThat(reader.frontier()).isGreaterThanOrEqualTo(promised);
      write(20);
      checkOrRefuse(node);
      assertThat(damagedSets()).hasSize(1);
      assertThat(reader.stats().damage()).isEmpty();
      node.checkpoint();
    }
    try (StorageNode again = open("node")) {
      same(again, journal.barrier());
    }
  }

  /** Never a wrong answer: the right one, or data_damaged until the shard has been rebuilt. */
  private void checkOrRefuse(StorageNode node) {
    long now = journal.barrier();
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> {
          try {
            same(node, now);
            return true;
          } catch (VecraftException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED);
            return false;
          }
        });
  }

  @Test
  void whatACrashLeavesOfAnUnfinishedCheckpointIsIgnored() throws IOException {
    write(40);
    StorageNode node = open("node");
    journal.readers(node, collection, journal.barrier());
    node.checkpoint();
    node.close();
    Path shard = directory.resolve("node/collection-" + collection.getId() + "/shard-0");
    Path before = Files.createDirectory(directory.resolve("before"));
    copyAll(shard, before);
    node = open("node");
    write(60);
    journal.readers(node, collection, journal.barrier());
    node.checkpoint();
    node.close();
    Path after = Files.createDirectory(directory.resolve("after"));
    copyAll(shard, after);
    List<Path> added;
    try (Stream<Path> list = Files.list(after)) {
      added = list.filter(f -> !Files.exists(before.resolve(f.getFileName()))).sorted().toList();
    }
    assertThat(added).isNotEmpty();
    for (int written = 0; written <= added.size(); written++) {
      // The old checkpoint with the first files of the next, the last of them torn.
      deleteAll(shard);
      Files.createDirectory(shard);
      copyAll(before, shard);
      for (int i = 0; i < written; i++) {
        byte[] bytes = Files.readAllBytes(added.get(i));
        int length = i == written - 1 ? random.nextInt(bytes.length + 1) : bytes.length;
        Files.write(
            shard.resolve(added.get(i).getFileName()), java.util.Arrays.copyOf(bytes, length));
      }
      Files.write(shard.resolve("MANIFEST.tmp"), new byte[random.nextInt(50)]);
      try (StorageNode again = open("node")) {
        same(again, journal.barrier());
        assertThat(shard.resolveSibling("shard-0.damaged")).doesNotExist();
      }
    }
  }

  /**
   * The shards of a collection without a checkpoint go through the log apart from those with one;
   * the replay of the latter comes upon the new collection too, and must leave it alone.
   */
  @Test
  void aShardThatIsReplayedApartIsAppliedOnce() throws IOException {
    write(20);
    try (StorageNode node = open("node")) {
      journal.readers(node, collection, journal.barrier());
      node.checkpoint();
    }
    CollectionState docs = collection;
    collection = journal.create("late", 3, 2, Map.of("n", "integer"));
    stamps.clear();
    write(400);
    for (int start = 0; start < 5; start++) {
      try (StorageNode node = open("node")) {
        same(node, journal.barrier());
      }
    }
    collection = docs;
  }

  @Test
  void aStartRemovesWhatACrashLeftOfADroppedCollection() throws IOException {
    write(10);
    CollectionState gone = journal.create("gone", 3, 2, Map.of());
    Path files = directory.resolve("node").resolve("collection-" + gone.getId());
    Path unknown = directory.resolve("node").resolve("collection-" + (gone.getId() + 1));
    try (StorageNode node = open("node")) {
      journal.readers(node, gone, journal.barrier());
      node.checkpoint();
    }
    assertThat(files).isDirectoryRecursivelyContaining("glob:**MANIFEST");
    journal.append(
        Partitions.SYSTEM,
        List.of(
            Operation.newBuilder()
                .setCollectionId(gone.getId())
                .setDropCollection(DropCollection.newBuilder().setCollectionId(gone.getId()))
                .build()));
    Files.createDirectories(unknown.resolve("shard-0"));
    try (StorageNode node = open("node")) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> assertThat(files).doesNotExist());
      // Of a later collection, which this node may not have heard of yet.
      assertThat(unknown).exists();
      same(node, journal.barrier());
    }
  }

  private static void copyAll(Path from, Path to) throws IOException {
    try (Stream<Path> list = Files.list(from)) {
      for (Path file : list.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void deleteAll(Path path) throws IOException {
    if (Files.exists(path)) {
      try (Stream<Path> list = Files.list(path)) {
        for (Path file : list.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(path);
    }
  }
}
