package io.vecraft.journal.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.DropCollection;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.SetNodeLeaving;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemProjectionTest {
  private static final Partitions PARTITIONS = new Partitions(2);

  @TempDir Path dir;

  /** The SYSTEM records of these tests; the real journal is in the tests of the standalone. */
  private final List<Record> log = new CopyOnWriteArrayList<>();

  private final JournalApi journal =
      (JournalApi)
          Proxy.newProxyInstance(
              JournalApi.class.getClassLoader(),
              new Class<?>[] {JournalApi.class},
              (proxy, method, arguments) -> pull((PullRequest) arguments[0]));

  private PullResponse pull(PullRequest request) {
    // Of one moment: others append meanwhile.
    List<Record> now = List.copyOf(log);
    int from = (int) request.getFromOffset() - 1;
    int to = Math.min(now.size(), from + request.getMaxRecords());
    return PullResponse.newBuilder()
        .setFirstOffset(1)
        .setLastOffset(now.size())
        .addAllRecords(now.subList(from, to))
        .setNextOffset(to + 1)
        .build();
  }

  private void record(Operation operation) {
    long offset = log.size() + 1;
    log.add(
        Record.newBuilder()
            .setOffset(offset)
            .setStamp(offset << 20)
            .addOperations(operation)
            .build());
  }

  private void create(String name) {
    record(
        Operation.newBuilder()
            .setCreateCollection(
                CreateCollection.newBuilder()
                    .setDefinition(
                        CollectionDefinition.newBuilder()
                            .setName(name)
                            .setDimension(4)
                            .setMetric("cosine")
                            .setShards(2)))
            .build());
  }

  private void drop(long id) {
    record(
        Operation.newBuilder()
            .setDropCollection(DropCollection.newBuilder().setCollectionId(id))
            .build());
  }

  private MetaStore store() {
    return SqliteMetaStore.open(dir.resolve("meta.db"));
  }

  private void assertStored(MetaStore store, Catalog catalog) {
    var found = new StoredCatalog(store, PARTITIONS).load().orElseThrow();
    assertThat(found.nextOffset()).isEqualTo(log.size() + 1);
    assertThat(found.catalog().collections()).containsExactlyElementsOf(catalog.collections());
    assertThat(found.catalog().stamp()).isEqualTo(catalog.stamp());
    assertThat(found.catalog().nextId()).isEqualTo(catalog.nextId());
    assertThat(found.catalog().cluster()).isEqualTo(catalog.cluster());
  }

  @Test
  void isTheCatalogOfTheJournalAndGoesOnFromTheStore() {
    try (var store = store()) {
      create("a");
      create("b");
      assertStored(store, SystemProjection.open(store, journal, PARTITIONS).catalog());
    }
    drop(1);
    try (var store = store()) {
      var projection = SystemProjection.open(store, journal, PARTITIONS);
      assertThat(projection.catalog().collection("a")).isEmpty();
      assertThat(projection.catalog().collection("b")).isPresent();
      assertStored(store, projection.catalog());
    }
  }

  @Test
  void whatTheJournalSaysOfTheClusterIsInTheStore() {
    leaving("a", true);
    leaving("b", true);
    try (var store = store()) {
      var projection = SystemProjection.open(store, journal, PARTITIONS);
      assertThat(projection.catalog().cluster().getLeavingCount()).isEqualTo(2);
      assertStored(store, projection.catalog());
      leaving("a", false);
      leaving("b", false);
      assertStored(store, projection.refresh());
      assertThat(store.get(StoredCatalog.CLUSTER)).isEmpty();
    }
  }

  private void leaving(String node, boolean leaving) {
    record(
        Operation.newBuilder()
            .setSetNodeLeaving(SetNodeLeaving.newBuilder().setNode(node).setLeaving(leaving))
            .build());
  }

  @Test
  void moreThanOneTransactionHoldsIsWrittenInSteps() {
    IntStream.range(0, 3 * MetaStore.MAX_CHANGES).forEach(i -> create("c" + i));
    try (var store = store()) {
      var projection = SystemProjection.open(store, journal, PARTITIONS);
      assertStored(store, projection.catalog());
      IntStream.range(0, 2 * MetaStore.MAX_CHANGES).forEach(i -> drop(i + 1));
      assertStored(store, projection.refresh());
    }
  }

  @Test
  void aWriteInStepsThatWasCutShortIsNotTaken() {
    create("a");
    try (var store = store()) {
      SystemProjection.open(store, journal, PARTITIONS);
      // As a process leaves it that died between its mark and its last step.
      store.put(StoredCatalog.POSITION, new byte[24]);
      var half = CollectionState.newBuilder().setId(7).build();
      store.put(StoredCatalog.COLLECTIONS + 7, half.toByteArray());
      assertThat(new StoredCatalog(store, PARTITIONS).load()).isEmpty();
    }
    try (var store = store()) {
      assertStored(store, SystemProjection.open(store, journal, PARTITIONS).catalog());
    }
  }

  @Test
  void aStoreThatLostEverythingIsFilledAgainByTheNextChange() {
    create("a");
    try (var store = store()) {
      var projection = SystemProjection.open(store, journal, PARTITIONS);
      store.list("").forEach(e -> store.transact(Transaction.builder().delete(e.key()).build()));
      create("b");
      assertStored(store, projection.refresh());
    }
  }

  @Test
  void aStoreThatIsAwayStopsNothingAndIsBroughtUpToDateLater() {
    create("a");
    var projection = SystemProjection.open(closedStore(), journal, PARTITIONS);
    assertThat(projection.catalog().collection("a")).isPresent();
    create("b");
    assertThat(projection.refresh().collection("b")).isPresent();
  }

  private MetaStore closedStore() {
    MetaStore store = SqliteMetaStore.open(dir.resolve("closed.db"));
    store.close();
    return store;
  }

  @Test
  void processesThatProjectAtTheSameTimeNeverMixMoments() throws Exception {
    try (var store = store();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<SystemProjection> processes =
          IntStream.range(0, 3)
              .mapToObj(i -> SystemProjection.open(store, journal, PARTITIONS))
              .toList();
      IntStream.range(0, 250).forEach(i -> create("c" + i));
      List<Future<?>> running =
          processes.stream()
              .<Future<?>>map(p ->
                  threads.submit(() -> {
                    for (int i = 0; i < 40; i++) {
                      p.refresh();
                    }
                  }))
              .toList();
      for (int i = 250; i < 300; i++) {
        create("c" + i);
        if (i % 3 == 0) {
          drop(i - 200);
        }
      }
      for (Future<?> process : running) {
        process.get();
      }
      create("last");
      Catalog newest = processes.getFirst().refresh();
      processes.forEach(SystemProjection::refresh);
      assertStored(store, newest);
    }
  }
}
