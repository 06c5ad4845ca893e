package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every file of a checkpoint, cut, flipped and removed at every region: named, made again from the
 * checkpoint before, from another node or from the journal, and never answered from. What is
 * compared with is a node that was never damaged.
 */
class CheckpointDamageTest {
  /** Magic, version, row bytes, first row, rows, checksum: the end of a file of rows. */
  private static final int TRAILER_BYTES = 36;

  @TempDir Path directory;
  private final long seed = Long.getLong("vecraft.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Throwable> failures = new ArrayList<>();
  private TestJournal journal;
  private StorageNode steady;
  private CollectionState collection;
  private int ids;

  @BeforeEach
  void start() {
    System.out.println("seed " + seed + " (-Dvecraft.test.seed)");
    journal = new TestJournal(directory.resolve("journal"));
    steady = open("steady", List.of());
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

  private void small() {
    create(8);
    ids = 40;
    write(150);
  }

  private void create(int dimension) {
    collection =
        journal.create(
            CollectionDefinition.newBuilder()
                .setName("docs")
                .setDimension(dimension)
                .setMetric("cosine")
                .setShards(1)
                .setQuantization("lvq8")
                .putSchema("n", "integer")
                .putSchema("k", "keyword")
                .build());
  }

  private void write(int operations) {
    int dimension = collection.getDefinition().getDimension();
    for (int i = 0; i < operations; i++) {
      String id = "r" + random.nextInt(ids);
      String json = "{\"n\":" + random.nextInt(5) + ",\"k\":\"k" + random.nextInt(3) + "\"}";
      Operation operation =
          switch (random.nextInt(6)) {
            case 0 -> journal.delete(collection, id);
            case 1 -> journal.patch(collection, id, json);
            default ->
                journal.upsert(collection, id, json, TestJournal.always(), vector(dimension));
          };
      journal.write(collection, operation, id);
    }
  }

  private float[] vector(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = random.nextFloat() - 0.5f;
    }
    return vector;
  }

  private ShardReader reader(StorageNode node) {
    return node.reader(new ShardId(collection.getId(), 0)).orElseThrow();
  }

  private Path shard(String node) {
    return directory.resolve(node + "/collection-" + collection.getId() + "/shard-0");
  }

  /** All that can be read at a stamp, every file being touched. */
  private Map<String, Object> answers(ShardReader reader, long at, long seedOfQuery) {
    Map<String, Object> answers = new LinkedHashMap<>();
    answers.put("checksum", reader.checksum(at));
    answers.put("count", reader.count(Optional.empty(), at));
    answers.put("filtered", reader.count(Optional.of(FilterParser.fromSql("n < 3")), at));
    answers.put("operations", reader.operationsApplied(at));
    answers.put("outcomes", reader.outcomes(at));
    answers.put(
        "scroll",
        reader.scroll(Optional.empty(), Optional.empty(), 10_000, at, Include.NOTHING).stream()
            .map(v -> v.id() + v.version())
            .toList());
    float[] query = new float[collection.getDefinition().getDimension()];
    var numbers = new Random(seedOfQuery);
    for (int i = 0; i < query.length; i++) {
      query[i] = numbers.nextFloat() - 0.5f;
    }
    for (boolean exact : new boolean[] {true, false}) {
      var spec = new SearchSpec(query, 10, 2_000, exact, Optional.empty(), Include.ALL);
      answers.put(
          "search " + exact,
          reader.search(spec, at, Deadline.afterMillis(60_000)).hits().stream()
              .map(h -> h.record().id() + h.record().version())
              .sorted()
              .toList());
    }
    for (int i = 0; i < ids; i++) {
      answers.put(
          "history " + i,
          reader.history("r" + i, Long.MAX_VALUE, 100).stream()
              .map(v -> v.version() + v.kind() + v.requestId() + v.principal())
              .toList());
    }
    return answers;
  }

  /** Right, or refused with data_damaged and right in the end. */
  private void rightOrRefused(StorageNode node, String as) {
    long now = journal.barrier();
    Deadline deadline = Deadline.afterMillis(60_000);
    reader(steady).awaitFrontier(now, deadline);
    Map<String, Object> expected = answers(reader(steady), now, seed);
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          try {
            reader(node).awaitFrontier(now, deadline);
            assertThat(answers(reader(node), now, seed)).as(as).isEqualTo(expected);
            return true;
          } catch (VecraftException e) {
            assertThat(e.code()).as(as).isEqualTo(ErrorCode.DATA_DAMAGED);
            return false;
          }
        });
  }

  private static TreeMap<String, byte[]> files(Path path) throws IOException {
    TreeMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> list = Files.list(path)) {
      for (Path file : list.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private static void put(Path path, Map<String, byte[]> files) throws IOException {
    remove(path);
    Files.createDirectories(path);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(path.resolve(file.getKey()), file.getValue());
    }
  }

  private static void remove(Path path) throws IOException {
    if (Files.exists(path)) {
      for (String file : files(path).keySet()) {
        Files.delete(path.resolve(file));
      }
      Files.delete(path);
    }
  }

  /** A place in every region of a file: data, checksums of blocks, each field of the trailer. */
  private List<Integer> places(String name, byte[] bytes) {
    int length = bytes.length;
    if (name.startsWith("MANIFEST")) {
      List<Integer> lines = new ArrayList<>(List.of(0, length - 1, length - 5));
      for (int i = 0; i < length; i++) {
        if (bytes[i] == '\n' && i + 2 < length) {
          lines.add(i + 2);
        }
      }
      return lines;
    }
    int trailer = length - TRAILER_BYTES;
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long data = fields.getInt(trailer + 12) * fields.getLong(trailer + 24);
    assertThat(data).as(name).isBetween(1L, (long) trailer - Integer.BYTES);
    return List.of(
        0,
        random.nextInt((int) data),
        (int) data - 1,
        (int) data + random.nextInt(trailer - (int) data),
        trailer,
        trailer + 8,
        trailer + 12,
        trailer + 16,
        trailer + 24,
        length - 1);
  }

  /** Every damage of one file, by a name. */
  private Map<String, Optional<byte[]>> damages(String name, byte[] bytes) {
    Map<String, Optional<byte[]>> damages = new LinkedHashMap<>();
    for (int place : places(name, bytes)) {
      byte[] flipped = bytes.clone();
      flipped[place] ^= (byte) (1 << random.nextInt(8));
      damages.put(name + " flipped at " + place, Optional.of(flipped));
    }
    for (int length : new int[] {0, 1, bytes.length / 2, bytes.length - 1}) {
      damages.put(name + " cut to " + length, Optional.of(Arrays.copyOf(bytes, length)));
    }
    damages.put(name + " longer", Optional.of(Arrays.copyOf(bytes, bytes.length + 7)));
    // A node without a manifest has no checkpoint; that is no damage.
    if (!name.startsWith("MANIFEST")) {
      damages.put(name + " missing", Optional.empty());
    }
    return damages;
  }

  /** A quarter of them, others in each run; all with {@code -Dvecraft.test.damage=all}. */
  private Map<String, Optional<byte[]>> some(Map<String, Optional<byte[]>> all) {
    if (!System.getProperty("vecraft.test.damage", "").equals("all")) {
      int offset = random.nextInt(4);
      List<String> names = List.copyOf(all.keySet());
      for (int i = 0; i < names.size(); i++) {
        if (i % 4 != offset) {
          all.remove(names.get(i));
        }
      }
    }
    return all;
  }

  @Test
  void everyRegionOfEveryFileIsNamedAndMadeAgainFromTheCheckpointBefore() throws IOException {
    small();
    long before = twoCheckpoints();
    write(30);
    TreeMap<String, byte[]> whole = files(shard("node"));
    assertThat(whole).containsKeys("MANIFEST", "MANIFEST.previous").hasSizeGreaterThan(25);
    String previous = new String(whole.get("MANIFEST.previous"), "UTF-8");
    String current = new String(whole.get("MANIFEST"), "UTF-8");
    for (Map.Entry<String, byte[]> file : whole.entrySet()) {
      boolean counts = file.getKey().equals("MANIFEST") || current.contains(file.getKey());
      boolean both = previous.contains(" " + file.getKey() + " ") && counts;
      for (var damage : some(damages(file.getKey(), file.getValue())).entrySet()) {
        String as = "seed %d: %s".formatted(seed, damage.getKey());
        TreeMap<String, byte[]> damaged = new TreeMap<>(whole);
        damaged.remove(file.getKey());
        damage.getValue().ifPresent(bytes -> damaged.put(file.getKey(), bytes));
        put(shard("node"), damaged);
        remove(shard("node").resolveSibling("shard-0.damaged"));
        try (StorageNode node = open("node", List.of())) {
          if (!both) {
            // Neither from the beginning, nor waiting for it.
            assertThat(reader(node).frontier()).as(as).isGreaterThanOrEqualTo(before);
          }
          rightOrRefused(node, as);
          node.scrub();
          rightOrRefused(node, as);
          if (counts) {
            assertThat(shard("node").resolveSibling("shard-0.damaged")).as(as).exists();
          } else {
            assertThat(shard("node").resolveSibling("shard-0.damaged")).as(as).doesNotExist();
          }
        }
      }
    }
  }

  /** Stamp of the first of two checkpoints, which share no file that has changed. */
  private long twoCheckpoints() {
    long before;
    try (StorageNode node = open("node", List.of())) {
      before = journal.barrier();
      journal.readers(node, collection, before);
      node.checkpoint();
      write(80);
      journal.readers(node, collection, journal.barrier());
      node.checkpoint();
    }
    return before;
  }

  @Test
  void withoutAWholeCheckpointOfItsOwnAShardIsCopiedFromAnotherNode() throws IOException {
    small();
    twoCheckpoints();
    try (StorageNode peer = open("peer", List.of())) {
      long now = journal.barrier();
      journal.readers(peer, collection, now);
      peer.checkpoint();
      TreeMap<String, byte[]> whole = files(shard("node"));
      whole.replaceAll((name, bytes) -> {
        byte[] flipped = bytes.clone();
        flipped[bytes.length / 2] ^= 1;
        return flipped;
      });
      put(shard("node"), whole);
      write(20);
      try (StorageNode node = open("node", List.of(peer))) {
        assertThat(reader(node).frontier()).as("seed %d", seed).isGreaterThanOrEqualTo(now);
        rightOrRefused(node, "seed " + seed);
        // While it serves: the copy is damaged, and made again from the peer's next.
        node.checkpoint();
        peer.checkpoint();
        for (String file : files(shard("node")).keySet()) {
          byte[] bytes = Files.readAllBytes(shard("node").resolve(file));
          bytes[bytes.length / 2] ^= 1;
          Files.write(shard("node").resolve(file), bytes);
        }
        node.scrub();
        rightOrRefused(node, "seed " + seed);
        node.checkpoint();
      }
    }
    try (StorageNode node = open("node", List.of())) {
      rightOrRefused(node, "seed " + seed);
    }
  }

  /** Chunks that are mapped are not read at the start: damage is met later. */
  @Test
  void damageOfAMappedChunkIsFoundAtTheFirstTouchOrByTheScrubber() throws IOException {
    create(1_024);
    // All of them current: what is superseded is not touched by reads.
    ids = 4_200;
    int perRequest = 50;
    for (int i = 0; i < ids; i += perRequest) {
      List<Operation> operations = new ArrayList<>();
      for (int n = i; n < i + perRequest; n++) {
        String json = "{\"n\":" + n % 5 + ",\"text\":\"" + "x".repeat(4_500) + "\"}";
        operations.add(
            journal.upsert(collection, "r" + n, json, TestJournal.always(), vector(1_024)));
      }
      journal.append(collection.getPlacements(0).getPartition(), operations);
    }
    try (StorageNode node = open("node", List.of())) {
      journal.readers(node, collection, journal.barrier());
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> reader(node).stats().vectorsNotIndexed() == 0);
      node.checkpoint();
    }
    TreeMap<String, byte[]> whole = files(shard("node"));
    long now = journal.barrier();
    int cases = 0;
    for (String name : whole.keySet()) {
      byte[] bytes = whole.get(name);
      if (bytes.length <= 16 << 20 || !name.contains(".000000.")) {
        continue;
      }
      for (boolean touched : new boolean[] {true, false}) {
        cases++;
        String as = "seed %d: %s touched %s".formatted(seed, name, touched);
        byte[] flipped = bytes.clone();
        flipped[random.nextInt(16 << 20)] ^= (byte) (1 << random.nextInt(8));
        put(shard("node"), whole);
        Files.write(shard("node").resolve(name), flipped);
        remove(shard("node").resolveSibling("shard-0.damaged"));
        try (StorageNode node = open("node", List.of())) {
          assertThat(reader(node).stats().damage()).as(as).isEmpty();
          if (!touched) {
            node.scrub();
          }
          rightOrRefused(node, as);
          assertThat(shard("node").resolveSibling("shard-0.damaged")).as(as).exists();
        }
      }
    }
    assertThat(cases).as("mapped chunks at stamp %d", now).isGreaterThanOrEqualTo(4);
  }
}
