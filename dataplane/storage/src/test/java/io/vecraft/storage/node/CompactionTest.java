package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old versions go, answers inside the window stay as they are, memory and disk come back. */
class CompactionTest {
  private static final int IDS = 40;

  @TempDir Path directory;
  private final long seed = Long.getLong("vecraft.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Throwable> failures = new ArrayList<>();

  /** What there is after each write, by its stamp. */
  private final TreeMap<Long, Map<String, Row>> model = new TreeMap<>(Map.of(0L, Map.of()));

  private TestJournal journal;
  private StorageNode node;
  private CollectionState collection;

  @SuppressWarnings("ArrayRecordComponent")
  private record Row(long version, String json, float[] vector) {}

  @BeforeEach
  void start() {
    System.out.println("seed " + seed + " (-Dvecraft.test.seed)");
    journal = new TestJournal(directory.resolve("journal"));
    node = open("node", true);
    collection =
        journal.create(
            CollectionDefinition.newBuilder()
                .setName("docs")
                .setDimension(4)
                .setMetric("l2")
                .setShards(2)
                .putSchema("n", "integer")
                .setQuantization("lvq8")
                .setTimeTravelWindowS(1)
                .build());
  }

  @AfterEach
  void stop() {
    node.close();
    journal.close();
    assertThat(failures).isEmpty();
  }

  private StorageNode open(String name, boolean compacts) {
    var rules =
        compacts
            ? new CompactionSettings(Duration.ofHours(1), 0.05, 1)
            : new CompactionSettings(Duration.ofHours(1), 0.99, Integer.MAX_VALUE);
    return StorageNode.open(
        StorageConfig.of(name, directory.resolve(name), journal.partitions, failures::add)
            .withReadMax(Duration.ofMillis(100))
            .withCompaction(rules, Duration.ofMillis(100)),
        journal.api(),
        journal.clock);
  }

  private void write(int operations) {
    for (int i = 0; i < operations; i++) {
      String id = "r" + random.nextInt(IDS);
      var now = new HashMap<>(model.lastEntry().getValue());
      String json = "{\"n\":" + random.nextInt(5) + "}";
      float[] vector = {random.nextFloat(), random.nextFloat(), random.nextFloat(), 0};
      Optional<Row> before = Optional.ofNullable(now.get(id));
      Operation operation =
          switch (random.nextInt(6)) {
            case 0, 1 -> {
              now.remove(id);
              yield journal.delete(collection, id);
            }
            case 2 -> {
              // Metadata alone: the vector stays.
              before.ifPresent(row -> now.put(id, new Row(0, json, row.vector())));
              yield journal.patch(collection, id, json);
            }
            default -> {
              now.put(id, new Row(0, json, vector));
              yield journal.upsert(collection, id, json, TestJournal.always(), vector);
            }
          };
      long stamp =
          random.nextInt(8) == 0
              ? journal.transaction(operation)
              : journal.write(collection, operation, id);
      now.computeIfPresent(
          id, (k, r) -> r.version() == 0 ? new Row(stamp, r.json(), r.vector()) : r);
      model.put(stamp, now);
    }
  }

  /** Compares all reads at a stamp with the model. */
  private void check(List<ShardReader> readers, long at) {
    Map<String, Row> expected = model.floorEntry(at).getValue();
    List<RecordView> found = new ArrayList<>();
    long count = 0;
    long matching = 0;
    for (ShardReader reader : readers) {
      found.addAll(reader.scroll(Optional.empty(), Optional.empty(), IDS, at, Include.ALL));
      count += reader.count(Optional.empty(), at);
      matching += reader.count(Optional.of(FilterParser.fromSql("n < 3")), at);
    }
    assertThat(count).as("seed %d at %d", seed, at).isEqualTo(expected.size());
    assertThat(matching)
        .as("seed %d at %d", seed, at)
        .isEqualTo(expected.values().stream().filter(r -> n(r.json()) < 3).count());
    assertThat(found).as("seed %d at %d", seed, at).hasSize(expected.size());
    for (RecordView record : found) {
      Row row = expected.get(record.id());
      assertThat(row).as("seed %d at %d: %s", seed, at, record.id()).isNotNull();
      assertThat(record.version()).isEqualTo(row.version());
      assertThat(record.vector()).isEqualTo(row.vector());
      assertThat(n(new String(record.metadata(), StandardCharsets.UTF_8))).isEqualTo(n(row.json()));
      ShardReader owner = readers.get(journal.shard(collection, record.id()).shard());
      assertThat(owner.get(List.of(record.id()), at, Include.ALL)).hasSize(1);
    }
    nearest(readers, at, true, expected);
    nearest(readers, at, false, expected);
  }

  /** With so few vectors the graph finds all there are. */
  private void nearest(
      List<ShardReader> readers, long at, boolean exact, Map<String, Row> expected) {
    float[] query = {random.nextFloat(), random.nextFloat(), random.nextFloat(), 0};
    var spec = new SearchSpec(query, IDS, 200, exact, Optional.empty(), Include.NOTHING);
    List<String> hits = new ArrayList<>();
    for (ShardReader reader : readers) {
      reader
          .search(spec, at, Deadline.afterMillis(60_000))
          .hits()
          .forEach(h -> hits.add(h.record().id()));
    }
    assertThat(hits)
        .as("seed %d at %d", seed, at)
        .containsExactlyInAnyOrderElementsOf(expected.keySet());
  }

  private static int n(String json) {
    return json.charAt(json.indexOf(':') + 1) - '0';
  }

  private List<ShardReader> readers(long at) {
    return journal.readers(node, collection, at);
  }

  /** Waits until the window has left everything behind that there is now. */
  private void outliveTheWindow() {
    long now = journal.barrier();
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> readers(journal.barrier()).stream().allMatch(r -> r.safePoint() > now));
  }

  private List<ShardReplica> replicas() {
    return node.readers().stream().map(ShardReplica.class::cast).toList();
  }

  private int versions() {
    return replicas().stream().mapToInt(r -> r.state().size()).sum();
  }

  private int vectors() {
    return replicas().stream().mapToInt(r -> r.state().vectors().size()).sum();
  }

  private static void isExpired(Runnable read) {
    assertThatThrownBy(read::run)
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SNAPSHOT_EXPIRED));
  }

  @Test
  void readsInTheWindowStayAsTheyWereAndEarlierOnesAreExpired() {
    int read = 0;
    try (StorageNode steady = open("steady", false)) {
      for (int round = 0; round < 4; round++) {
        write(60);
        outliveTheWindow();
        write(120);
        long now = journal.barrier();
        int before = versions();
        assertThat(node.compact()).as("seed %d", seed).isPositive();
        assertThat(versions()).as("seed %d", seed).isLessThan(before);
        read += compareAll(steady, now);
        if (random.nextBoolean()) {
          node.checkpoint();
        }
        node.close();
        node = open("node", true);
        compareAll(steady, journal.barrier());
      }
    }
    assertThat(read).isPositive();
  }

  /**
   * Reads as of now, once more if the window of a second has left that behind before the reading
   * was done.
   */
  private void now(LongConsumer read) {
    for (int attempt = 1; ; attempt++) {
      try {
        read.accept(journal.barrier());
        return;
      } catch (VecraftException e) {
        if (e.code() != ErrorCode.SNAPSHOT_EXPIRED || attempt == 100) {
          throw e;
        }
      }
    }
  }

  /** Compares at every stamp that can be read still; how many that were. */
  private int compareAll(StorageNode steady, long now) {
    List<ShardReader> readers = readers(now);
    List<ShardReader> others = journal.readers(steady, collection, now);
    int read = 0;
    for (long at : model.keySet().stream().sorted(Comparator.reverseOrder()).toList()) {
      try {
        check(readers, at);
        same(readers, others, at);
        read++;
      } catch (VecraftException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.SNAPSHOT_EXPIRED);
        // The windows of both end by their own frontiers, and either may be ahead.
        assertThat(Stream.concat(readers.stream(), others.stream()))
            .anyMatch(r -> r.safePoint() > at);
        break;
      }
    }
    now(at -> same(readers(at), journal.readers(steady, collection, at), at));
    return read;
  }

  /** A replica that never compacts has the same checksums at the same stamps. */
  private void same(List<ShardReader> readers, List<ShardReader> others, long at) {
    for (int i = 0; i < readers.size(); i++) {
      ShardReader a = readers.get(i);
      ShardReader b = others.get(i);
      assertThat(a.checksum(at)).as("seed %d at %d", seed, at).isEqualTo(b.checksum(at));
      assertThat(a.operationsApplied(at)).isEqualTo(b.operationsApplied(at));
      assertThat(a.outcomes(at)).isEqualTo(b.outcomes(at));
    }
  }

  @Test
  void aPinKeepsWhatItReads() {
    write(100);
    long pinned = journal.barrier();
    List<ShardReader> readers = readers(pinned);
    List<ShardReader.Pin> pins = readers.stream().map(r -> r.pin(pinned)).toList();
    write(200);
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(20))
        .until(() ->
            Stamp.millis(readers(journal.barrier()).getFirst().frontier())
                > Stamp.millis(pinned) + 2_000);
    node.compact();
    check(readers, pinned);
    pins.forEach(ShardReader.Pin::close);
    outliveTheWindow();
    assertThat(node.compact()).as("seed %d", seed).isPositive();
    isExpired(() -> check(readers, pinned));
    now(at -> check(readers(at), at));
  }

  @Test
  void whatBecameOfOldOperationsIsNamedAsNoLongerKept() {
    write(100);
    long first = model.higherKey(0L);
    outliveTheWindow();
    write(10);
    readers(journal.barrier());
    assertThat(node.compact()).as("seed %d", seed).isPositive();
    for (ShardReplica reader : replicas()) {
      if (reader.state().compacted().stamp() > 0) {
        isExpired(() -> reader.outcomes(first));
      }
    }
  }

  @Test
  void recordsWrittenAndReadWhileAShardIsCompactedAreAllThere() throws Exception {
    write(300);
    outliveTheWindow();
    int compacted = 0;
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> writer = threads.submit(() -> write(400));
      while (!writer.isDone()) {
        compacted += node.compact();
        node.checkpoint();
        now(at -> {
          for (ShardReader reader : readers(at)) {
            long records = reader.count(Optional.empty(), at);
            assertThat(reader.scroll(Optional.empty(), Optional.empty(), IDS, at, Include.ALL))
                .hasSize((int) records);
          }
        });
      }
      writer.get();
    }
    assertThat(compacted).as("seed %d", seed).isPositive();
    now(at -> check(readers(at), at));
    node.close();
    node = open("node", true);
    now(at -> check(readers(at), at));
  }

  /** Overwriting for ever takes no more than the window and a share of what is dead. */
  @Test
  void memoryAndDiskStayBoundedUnderEndlessOverwrites() throws IOException {
    long bytesAtFirst = 0;
    for (int round = 0; round < 8; round++) {
      write(400);
      outliveTheWindow();
      node.compact();
      node.checkpoint();
      long bytes = replicas().stream().mapToLong(r -> r.stats().offHeapBytes()).sum();
      bytesAtFirst = round == 0 ? bytes : bytesAtFirst;
      assertThat(versions()).as("seed %d", seed).isLessThanOrEqualTo(2 * IDS);
      assertThat(vectors()).as("seed %d", seed).isLessThanOrEqualTo(2 * IDS);
      assertThat(bytes).as("seed %d", seed).isLessThanOrEqualTo(bytesAtFirst);
      assertThat(filesOnDisk()).as("seed %d", seed).isLessThan(256 << 10);
    }
    now(at -> check(readers(at), at));
  }

  private long filesOnDisk() throws IOException {
    try (Stream<Path> all = Files.walk(directory.resolve("node"))) {
      return all.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }
}
