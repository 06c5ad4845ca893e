package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.replay.ReplayGate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node on a real journal. */
class StorageNodeTest {
  @TempDir Path directory;
  private TestJournal journal;
  private final List<StorageNode> nodes = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();

  @BeforeEach
  void start() {
    journal = new TestJournal(directory.resolve("journal"));
  }

  @AfterEach
  void stop() {
    nodes.forEach(StorageNode::close);
    journal.close();
    assertThat(failures).isEmpty();
  }

  private StorageConfig config(String name) {
    return StorageConfig.of(name, directory.resolve(name), journal.partitions, failures::add);
  }

  private StorageNode node(String name) {
    return node(config(name));
  }

  private StorageNode node(StorageConfig config) {
    StorageNode node = StorageNode.open(config, journal.api(), journal.clock);
    nodes.add(node);
    return node;
  }

  private static Optional<RecordView> get(List<ShardReader> readers, String id, long stamp) {
    return readers.stream()
        .flatMap(r -> r.get(List.of(id), stamp, Include.ALL).stream())
        .findFirst();
  }

  @Test
  void aStrongReadSeesWhatWasAcknowledged() {
    StorageNode node = node("node-1");
    CollectionState c = journal.create("docs", 2, 3, Map.of());
    for (int i = 0; i < 50; i++) {
      String id = "r" + i;
      long version =
          journal.write(
              c, journal.upsert(c, id, "{\"i\":" + i + "}", TestJournal.always(), i, 1), id);
      long now = journal.barrier();
      List<ShardReader> readers = journal.readers(node, c, now);
      RecordView view = get(readers, id, now).orElseThrow();
      assertThat(view.version()).isEqualTo(version);
      assertThat(view.vector()).containsExactly(i, 1);
      assertThat(new String(view.metadata(), java.nio.charset.StandardCharsets.UTF_8))
          .isEqualTo("{\"i\":" + i + "}");
      assertThat(get(readers, id, version - 1)).isEmpty();
    }
    long now = journal.barrier();
    List<ShardReader> readers = journal.readers(node, c, now);
    assertThat(readers.stream().mapToLong(r -> r.count(Optional.empty(), now)).sum()).isEqualTo(50);
  }

  @Test
  void theFrontierFollowsWithoutReaders() {
    StorageNode node = node("node-1");
    CollectionState c = journal.create("docs", 2, 1, Map.of());
    long version = journal.write(c, journal.upsert(c, "a", "{}", TestJournal.always(), 1, 1), "a");
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> node.readers().stream().anyMatch(r -> r.frontier() >= version));
  }

  @Test
  void conditionsAreDecidedAtTheirPlace() {
    StorageNode node = node("node-1");
    CollectionState c = journal.create("docs", 2, 1, Map.of());
    Precondition absent = Precondition.newBuilder().setIfAbsent(true).build();
    long first = journal.write(c, journal.upsert(c, "a", "{}", absent, 1, 1), "a");
    long second = journal.write(c, journal.upsert(c, "a", "{}", absent, 2, 2), "a");
    long patch = journal.write(c, journal.patch(c, "a", "{\"x\":1}"), "a");
    long missing = journal.write(c, journal.patch(c, "b", "{\"x\":1}"), "b");
    long now = journal.barrier();
    ShardReader reader = journal.readers(node, c, now).getFirst();
    assertThat(kind(reader, first)).isEqualTo(OperationOutcome.Kind.CREATED);
    assertThat(kind(reader, second)).isEqualTo(OperationOutcome.Kind.CONFLICT);
    assertThat(kind(reader, patch)).isEqualTo(OperationOutcome.Kind.UPDATED);
    assertThat(kind(reader, missing)).isEqualTo(OperationOutcome.Kind.NOT_FOUND);
    assertThat(reader.operationsApplied(now)).isEqualTo(4);
    assertThat(reader.history("a", Long.MAX_VALUE, 10))
        .extracting(v -> v.kind() + " " + v.principal())
        .containsExactly("patch tester", "upsert tester");
    assertThat(reader.get(List.of("a"), now, Include.ALL).getFirst().vector())
        .containsExactly(1, 1);
  }

  private static OperationOutcome.Kind kind(ShardReader reader, long stamp) {
    return reader.outcomes(stamp).orElseThrow().getFirst().kind();
  }

  @Test
  void aTransactionWithConditionsOnSeveralShardsIsDecidedOnceForAll() {
    StorageNode node = node("node-1");
    StorageNode other = node("node-2");
    CollectionState c = journal.create("docs", 2, 4, Map.of());
    Precondition absent = Precondition.newBuilder().setIfAbsent(true).build();
    for (int i = 0; i < 10; i++) {
      long committed =
          journal.transaction(
              journal.upsert(c, "a" + i, "{}", absent, 1, 1),
              journal.upsert(c, "b" + i, "{}", TestJournal.always(), 1, 1),
              journal.upsert(c, "c" + i, "{}", absent, 1, 1));
      if (i % 2 == 0) {
        node.decide(committed, Deadline.afterMillis(60_000));
      }
      long aborted =
          journal.transaction(
              journal.upsert(c, "a" + i, "{\"x\":1}", absent, 1, 1),
              journal.upsert(c, "d" + i, "{}", TestJournal.always(), 1, 1),
              journal.delete(c, "b" + i));
      long now = journal.barrier();
      for (StorageNode each : List.of(node, other)) {
        List<ShardReader> readers = journal.readers(each, c, now);
        assertThat(get(readers, "a" + i, now).orElseThrow().version()).isEqualTo(committed);
        assertThat(get(readers, "b" + i, now).orElseThrow().version()).isEqualTo(committed);
        assertThat(get(readers, "d" + i, now)).isEmpty();
        List<OperationOutcome.Kind> kinds =
            readers.stream()
                .flatMap(r -> r.outcomes(aborted).stream())
                .flatMap(List::stream)
                .map(OperationOutcome::kind)
                .toList();
        assertThat(kinds)
            .containsExactlyInAnyOrder(
                OperationOutcome.Kind.CONFLICT,
                OperationOutcome.Kind.ABORTED,
                OperationOutcome.Kind.ABORTED);
      }
      List<ShardReader> left = journal.readers(node, c, now);
      List<ShardReader> right = journal.readers(other, c, now);
      for (int s = 0; s < left.size(); s++) {
        assertThat(left.get(s).checksum(now)).isEqualTo(right.get(s).checksum(now));
      }
    }
  }

  @Test
  void searchFindsTheNearestAtEveryStamp() throws Exception {
    StorageNode node = node("node-1");
    CollectionState c = journal.create("docs", 4, 1, Map.of("n", "integer"));
    long seed = Long.getLong("vecraft.test.seed", 42);
    System.out.println("seed " + seed + " (-Dvecraft.test.seed)");
    Random random = new Random(seed);
    List<float[]> vectors = new ArrayList<>();
    List<io.vecraft.proto.journal.Operation> batch = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      float[] vector = new float[4];
      for (int d = 0; d < 4; d++) {
        vector[d] = random.nextFloat();
      }
      vectors.add(vector);
      batch.add(
          journal.upsert(c, "r" + i, "{\"n\":" + (i % 100) + "}", TestJournal.always(), vector));
      if (batch.size() == 500) {
        journal.append(c.getPlacements(0).getPartition(), batch);
        batch.clear();
      }
    }
    long full = journal.barrier();
    for (int i = 0; i < 3_000; i += 2) {
      batch.add(journal.delete(c, "r" + i));
    }
    journal.append(c.getPlacements(0).getPartition(), batch);
    long half = journal.barrier();
    ShardReader reader = journal.readers(node, c, half).getFirst();
    for (int q = 0; q < 20; q++) {
      float[] query = {
        random.nextFloat(), random.nextFloat(), random.nextFloat(), random.nextFloat()
      };
      checkSearch(reader, vectors, query, full, i -> true, Optional.empty());
      checkSearch(reader, vectors, query, half, i -> i % 2 == 1, Optional.empty());
      checkSearch(
          reader,
          vectors,
          query,
          half,
          i -> i % 2 == 1 && i % 100 < 50,
          Optional.of(FilterParser.fromSql("n < 50")));
      checkSearch(
          reader,
          vectors,
          query,
          full,
          i -> i % 100 == 3,
          Optional.of(FilterParser.fromSql("n = 3")));
    }
  }

  private static void checkSearch(
      ShardReader reader,
      List<float[]> vectors,
      float[] query,
      long stamp,
      java.util.function.IntPredicate member,
      Optional<Filter> filter) {
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < vectors.size(); i++) {
      if (member.test(i)) {
        expected.add(i);
      }
    }
    expected.sort(java.util.Comparator.comparingDouble(i -> distance(vectors.get(i), query)));
    for (boolean exact : new boolean[] {true, false}) {
      SearchHits hits =
          reader.search(
              new SearchSpec(query, 10, 100, exact, filter, Include.METADATA),
              stamp,
              Deadline.afterMillis(60_000));
      List<Integer> found =
          hits.hits().stream().map(h -> Integer.parseInt(h.record().id().substring(1))).toList();
      assertThat(found).hasSize(10);
      if (hits.exact()) {
        assertThat(found).as(hits.strategy()).isEqualTo(expected.subList(0, 10));
      } else {
        assertThat(found).allMatch(member::test);
        long right = found.stream().filter(expected.subList(0, 10)::contains).count();
        assertThat(right).as("%s %s", hits.strategy(), found).isGreaterThanOrEqualTo(8);
      }
    }
    assertThat(reader.count(filter, stamp)).isEqualTo(expected.size());
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  @Test
  void aReplicaThatLagsIsCaughtUpByItsReader() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    StorageNode node =
        node(
            config("node-1")
                .withGate(
                    new ReplayGate() {
                      @Override
                      public void beforeBackground(int partition) throws InterruptedException {
                        held.await();
                      }
                    }));
    CollectionState c = journal.create("docs", 2, 1, Map.of());
    journal.write(c, journal.upsert(c, "a", "{}", TestJournal.always(), 1, 1), "a");
    long now = journal.barrier();
    List<ShardReader> readers = journal.readers(node, c, now);
    assertThat(get(readers, "a", now)).isPresent();
    held.countDown();
  }

  @Test
  void aReplicaThatStandsStillEndsInTheDeadline() {
    CountDownLatch held = new CountDownLatch(1);
    StorageNode node =
        node(
            config("node-1")
                .withGate(
                    new ReplayGate() {
                      @Override
                      public boolean mayApply(int partition, Deadline deadline)
                          throws InterruptedException {
                        return held.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
                      }
                    }));
    CollectionState c = journal.create("docs", 2, 1, Map.of());
    journal.write(c, journal.upsert(c, "a", "{}", TestJournal.always(), 1, 1), "a");
    long now = journal.barrier();
    node.awaitCatalog(now, Deadline.afterMillis(60_000));
    ShardReader reader = node.readers().getFirst();
    assertThatThrownBy(() -> reader.awaitFrontier(now, Deadline.afterMillis(100)))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
    held.countDown();
    reader.awaitFrontier(now, Deadline.afterMillis(60_000));
    assertThat(reader.count(Optional.empty(), now)).isEqualTo(1);
  }

  @Test
  void belowTheWindowAReadIsRefusedUnlessPinned() {
    StorageNode node = node(config("node-1").withReadMax(Duration.ofMillis(100)));
    CollectionState c =
        journal.create(
            io.vecraft.proto.journal.CollectionDefinition.newBuilder()
                .setName("docs")
                .setDimension(2)
                .setShards(1)
                .setTimeTravelWindowS(1)
                .build());
    journal.write(c, journal.upsert(c, "a", "{}", TestJournal.always(), 1, 1), "a");
    long then = journal.barrier();
    ShardReader reader = journal.readers(node, c, then).getFirst();
    ShardReader.Pin pin = reader.pin(then);
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() ->
            io.vecraft.journal.time.Stamp.millis(reader.frontier())
                > io.vecraft.journal.time.Stamp.millis(then) + 1_500);
    assertThat(reader.get(List.of("a"), then, Include.NOTHING)).hasSize(1);
    pin.close();
    assertThatThrownBy(() -> reader.get(List.of("a"), then, Include.NOTHING))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SNAPSHOT_EXPIRED));
    long safe = reader.safePoint();
    assertThat(safe).isGreaterThan(then);
  }
}
