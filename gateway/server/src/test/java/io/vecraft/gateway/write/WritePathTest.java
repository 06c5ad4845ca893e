package io.vecraft.gateway.write;

import static io.vecraft.gateway.write.RealCluster.request;
import static io.vecraft.gateway.write.RealCluster.soon;
import static io.vecraft.gateway.write.RealCluster.strong;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.write.ItemResult.Outcome;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.query.ConsistencyLevel;
import io.vecraft.query.CountRequestSpec;
import io.vecraft.query.GetRequestSpec;
import io.vecraft.query.HistoryRequestSpec;
import io.vecraft.query.ReadOptions;
import io.vecraft.query.SearchAnswer;
import io.vecraft.query.SearchRequestSpec;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.VersionView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritePathTest {
  @TempDir Path directory;
  private RealCluster cluster;

  @BeforeEach
  void start() {
    cluster = new RealCluster(directory, 2);
    create("docs", 2, 3);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private CollectionAdmin.Created create(String name, int dimension, int shards) {
    return cluster.admin.create(
        request("create-" + name),
        CollectionDefinition.newBuilder()
            .setName(name)
            .setDimension(dimension)
            .setShards(shards)
            .putSchema("year", "integer")
            .build());
  }

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static WriteItem.Upsert upsert(String id, String json, Condition condition) {
    return new WriteItem.Upsert(id, new float[] {1, id.length() % 7}, json(json), "", condition);
  }

  private static WriteItem.Upsert upsert(String id) {
    return upsert(id, "{}", Condition.NONE);
  }

  private WriteAnswer write(String request, WriteItem.Upsert... items) {
    return cluster.writes.upsert(request(request), "docs", List.of(items), Ack.JOURNAL);
  }

  private Optional<RecordView> get(String collection, String id) {
    return cluster
        .query
        .get(new GetRequestSpec(collection, List.of(id), Include.ALL, strong()))
        .records()
        .stream()
        .findFirst();
  }

  private String metadata(String collection, String id) {
    return new String(get(collection, id).orElseThrow().metadata(), StandardCharsets.UTF_8);
  }

  private static List<Outcome> outcomes(WriteAnswer answer) {
    return answer.results().stream().map(ItemResult::outcome).toList();
  }

  private static void assertCode(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).as(e.toString()).isEqualTo(code));
  }

  @Test
  void whatIsAcknowledgedIsReadAtEveryLevel() {
    var items = new ArrayList<WriteItem.Upsert>();
    for (int i = 0; i < 100; i++) {
      items.add(upsert("r" + i, "{\"year\":" + i + "}", Condition.NONE));
    }
    WriteAnswer answer = cluster.writes.upsert(request("w"), "docs", items, Ack.APPLIED);
    assertThat(outcomes(answer)).containsOnly(Outcome.WRITTEN);
    assertThat(answer.sessionStamp()).isEqualTo(answer.stamp());
    for (ConsistencyLevel level : ConsistencyLevel.values()) {
      ReadOptions options = ReadOptions.of(level, soon()).inSession(answer.sessionStamp());
      assertThat(
              cluster.query.count(new CountRequestSpec("docs", Optional.empty(), options)).count())
          .as(level.toString())
          .isEqualTo(100);
    }
    var spec =
        new SearchSpec(
            new float[] {1, 0},
            5,
            0,
            false,
            Optional.of(FilterParser.fromSql("year >= 98")),
            Include.METADATA);
    SearchAnswer found =
        cluster.query.search(new SearchRequestSpec("docs", spec, Optional.empty(), strong()));
    assertThat(found.hits()).extracting(h -> h.record().id()).containsOnly("r98", "r99");
    assertThat(found.consistency().shardsAnswered()).isEqualTo(3);
    assertThat(found.consistency().indexVersion()).isEqualTo(100);
  }

  @Test
  void aRetryIsAnsweredWithTheFirstOutcome() {
    WriteAnswer first =
        write("w", upsert("a", "{}", Condition.IF_ABSENT), upsert("b"), upsert("c"));
    WriteAnswer again =
        write("w", upsert("a", "{}", Condition.IF_ABSENT), upsert("b"), upsert("c"));
    assertThat(again).isEqualTo(first);
    assertThat(outcomes(first)).containsExactly(Outcome.CREATED, Outcome.WRITTEN, Outcome.WRITTEN);
    assertCode(
        ErrorCode.REQUEST_ID_REUSED,
        () -> write("w", upsert("a", "{}", Condition.NONE), upsert("b"), upsert("c")));
  }

  @Test
  void aRecordHasOnlySoManyVersionsInItsWindow() {
    WriteAnswer last = write("v-0", upsert("a"));
    for (int i = 1; i < RealCluster.VERSIONS_MAX; i++) {
      last = write("v-" + i, upsert("a"));
    }
    // A strong read: from here on the replica has applied them all.
    assertThat(get("docs", "a")).isPresent();
    assertThatThrownBy(() -> write("one more", upsert("b"), upsert("a")))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.BACK_PRESSURE);
              assertThat(e.field()).contains("vectors[1].id");
              assertThat(e.reason()).contains("a has 1000 versions", "the limit is 1000");
            });
    // A retry learns its outcome, and other records are written.
    assertThat(write("v-" + (RealCluster.VERSIONS_MAX - 1), upsert("a"))).isEqualTo(last);
    write("another", upsert("b"));
  }

  @Test
  void idsAreMadeOfTheRequestSoThatARetryMakesThemAgain() {
    String id = RequestIds.secure().next();
    WriteAnswer first = write(id, upsert(""), upsert(""));
    assertThat(write(id, upsert(""), upsert("")).results()).isEqualTo(first.results());
    assertThat(first.results()).extracting(ItemResult::id).doesNotHaveDuplicates();
    assertThat(first.results().getFirst().id().substring(0, 8)).isEqualTo(id.substring(0, 8));
  }

  @Test
  void conditionsAreDecidedAtTheirPlace() {
    long v1 = write("1", upsert("a", "{\"n\":1}", Condition.IF_ABSENT)).stamp();
    assertThat(outcomes(write("2", upsert("a", "{}", Condition.IF_ABSENT))))
        .containsExactly(Outcome.CONFLICT);
    WriteAnswer second = write("3", upsert("a", "{\"n\":2}", Condition.ifVersion(v1)));
    assertThat(outcomes(second)).containsExactly(Outcome.UPDATED);
    assertThat(outcomes(write("4", upsert("a", "{\"n\":3}", Condition.ifVersion(v1)))))
        .containsExactly(Outcome.CONFLICT);
    assertThat(metadata("docs", "a")).isEqualTo("{\"n\":2}");
    assertThat(get("docs", "a").orElseThrow().version()).isEqualTo(second.stamp());
    var wrong = new WriteItem.Delete("a", Condition.ifVersion(v1));
    assertThat(outcomes(cluster.writes.delete(request("5"), "docs", List.of(wrong), Ack.JOURNAL)))
        .containsExactly(Outcome.CONFLICT);
    var right = new WriteItem.Delete("a", Condition.ifVersion(second.stamp()));
    assertThat(outcomes(cluster.writes.delete(request("6"), "docs", List.of(right), Ack.JOURNAL)))
        .containsExactly(Outcome.DELETED);
    assertThat(get("docs", "a")).isEmpty();
    var absent = new WriteItem.Delete("a", Condition.NONE);
    assertThat(outcomes(cluster.writes.delete(request("7"), "docs", List.of(absent), Ack.JOURNAL)))
        .containsExactly(Outcome.DELETED);
  }

  @Test
  void aVersionFromTheFutureIsRefused() {
    long future = cluster.clock.latest() + (100_000L << 19);
    assertThatThrownBy(() -> write("1", upsert("a", "{}", Condition.ifVersion(future))))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.STAMP_IN_FUTURE);
              assertThat(e.field()).contains("vectors[0].if_version");
            });
  }

  @Test
  void patchesMergeAndNeedTheRecord() {
    write("1", upsert("a", "{\"n\":1,\"m\":2}", Condition.NONE));
    var patch = new WriteItem.Patch("a", json("{\"n\":null,\"k\":\"x\"}"), Condition.NONE);
    WriteAnswer patched = cluster.writes.patch(request("2"), "docs", patch, Ack.JOURNAL);
    assertThat(outcomes(patched)).containsExactly(Outcome.UPDATED);
    assertThat(metadata("docs", "a")).isEqualTo("{\"k\":\"x\",\"m\":2}");
    assertThat(get("docs", "a").orElseThrow().vector()).hasSize(2);
    var absent = new WriteItem.Patch("nope", json("{}"), Condition.NONE);
    assertThat(outcomes(cluster.writes.patch(request("3"), "docs", absent, Ack.JOURNAL)))
        .containsExactly(Outcome.NOT_FOUND);
  }

  @Test
  void badItemsRefuseTheWholeRequest() {
    assertCode(
        ErrorCode.DIMENSION_MISMATCH,
        () ->
            write(
                "1",
                upsert("a"),
                new WriteItem.Upsert("b", new float[3], json("{}"), "", Condition.NONE)));
    assertCode(ErrorCode.DUPLICATE_ID, () -> write("2", upsert("a"), upsert("a")));
    assertCode(
        ErrorCode.INVALID_VECTOR,
        () -> write("3", new WriteItem.Upsert("b", new float[2], json("{}"), "", Condition.NONE)));
    assertThatThrownBy(
            () -> write("4", upsert("a"), upsert("b", "{\"year\":\"x\"}", Condition.NONE)))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_VIOLATION);
              assertThat(e.field()).contains("vectors[1].metadata.year");
            });
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> write("5", upsert("a", "[1]", Condition.NONE)));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> write("6", upsert("x".repeat(513))));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> write("7"));
    assertCode(
        ErrorCode.COLLECTION_NOT_FOUND,
        () -> cluster.writes.upsert(request("8"), "nope", List.of(upsert("a")), Ack.JOURNAL));
    assertThat(get("docs", "a")).isEmpty();
  }

  @Test
  void theDefaultCollectionIsMadeByItsFirstRecord() {
    WriteAnswer answer =
        cluster.writes.upsert(request("w"), "default", List.of(upsert("a")), Ack.JOURNAL);
    assertThat(outcomes(answer)).containsExactly(Outcome.WRITTEN);
    assertThat(get("default", "a")).isPresent();
    assertThat(cluster.query.describe("default").state().getDefinition().getMetric())
        .isEqualTo("cosine");
  }

  private static TransactionOperation in(String collection, WriteItem item) {
    return new TransactionOperation(collection, item);
  }

  private WriteAnswer transact(String request, TransactionOperation... operations) {
    return cluster.writes.transaction(request(request), List.of(operations), Ack.JOURNAL);
  }

  @Test
  void transactionsApplyAllOrNothingOverCollections() {
    create("other", 2, 2);
    WriteAnswer committed =
        transact(
            "t1",
            in("docs", upsert("a", "{\"n\":1}", Condition.NONE)),
            in("other", upsert("b", "{\"n\":1}", Condition.NONE)));
    assertThat(committed.results()).extracting(ItemResult::version).containsOnly(committed.stamp());
    assertThat(get("docs", "a").orElseThrow().version()).isEqualTo(committed.stamp());
    assertThat(get("other", "b").orElseThrow().version()).isEqualTo(committed.stamp());

    WriteAnswer conditional =
        transact(
            "t2",
            in("docs", upsert("a", "{\"n\":2}", Condition.ifVersion(committed.stamp()))),
            in("other", upsert("c", "{}", Condition.IF_ABSENT)),
            in("other", new WriteItem.Patch("b", json("{\"n\":2}"), Condition.NONE)));
    assertThat(outcomes(conditional))
        .containsExactly(Outcome.UPDATED, Outcome.CREATED, Outcome.UPDATED);

    ThrowingCallable failing =
        () ->
            transact(
                "t3",
                in("docs", upsert("a", "{\"n\":3}", Condition.NONE)),
                in("other", upsert("c", "{\"n\":3}", Condition.IF_ABSENT)));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(failing)
          .isInstanceOfSatisfying(
              VecraftException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT);
                assertThat(e.field()).contains("operations[1]");
              });
    }
    assertThat(metadata("docs", "a")).isEqualTo("{\"n\":2}");
    assertThat(metadata("other", "c")).isEqualTo("{}");
    assertThat(
            transact(
                "t2",
                in("docs", upsert("a", "{\"n\":2}", Condition.ifVersion(committed.stamp()))),
                in("other", upsert("c", "{}", Condition.IF_ABSENT)),
                in("other", new WriteItem.Patch("b", json("{\"n\":2}"), Condition.NONE))))
        .isEqualTo(conditional);
  }

  @Test
  void aTransactionInOneShardIsDecidedThere() {
    create("single", 2, 1);
    transact("t1", in("single", upsert("a", "{}", Condition.IF_ABSENT)));
    assertCode(
        ErrorCode.CONFLICT,
        () ->
            transact(
                "t2",
                in("single", upsert("b")),
                in("single", upsert("a", "{}", Condition.IF_ABSENT))));
    assertThat(get("single", "b")).isEmpty();
    assertCode(
        ErrorCode.DUPLICATE_ID,
        () -> transact("t3", in("single", upsert("b")), in("single", upsert("b"))));
    WriteAnswer deletes =
        transact(
            "t4",
            in("single", new WriteItem.Delete("nope", Condition.NONE)),
            in("single", new WriteItem.Patch("a", json("{\"k\":1}"), Condition.NONE)));
    assertThat(outcomes(deletes)).containsExactly(Outcome.DELETED, Outcome.UPDATED);
  }

  @Test
  void deleteByFilterDeletesWhatMatchedAndOnlyThat() {
    var items = new ArrayList<WriteItem.Upsert>();
    for (int i = 0; i < 60; i++) {
      items.add(upsert("r" + i, "{\"year\":" + i + "}", Condition.NONE));
    }
    cluster.writes.upsert(request("w"), "docs", items, Ack.JOURNAL);
    var filter = FilterParser.fromSql("year < 20");
    DeleteByFilterAnswer answer =
        cluster.writes.deleteByFilter(request("d"), "docs", filter, Ack.JOURNAL);
    assertThat(answer.deleted()).isEqualTo(20);
    assertThat(answer.skipped()).isZero();
    write("later", upsert("late", "{\"year\":1}", Condition.NONE));
    assertThat(cluster.writes.deleteByFilter(request("d"), "docs", filter, Ack.JOURNAL))
        .isEqualTo(answer);
    assertThat(get("docs", "late")).isPresent();
    assertThat(
            cluster.query.count(new CountRequestSpec("docs", Optional.empty(), strong())).count())
        .isEqualTo(41);
    DeleteByFilterAnswer nothing =
        cluster.writes.deleteByFilter(
            request("d2"), "docs", FilterParser.fromSql("year > 1000"), Ack.APPLIED);
    assertThat(nothing.deleted()).isZero();
    assertThat(nothing.stamp()).isEqualTo(nothing.asOf());
  }

  @Test
  void collectionsAreMadeOnceAltersAreSeenAndDropsAreFinal() {
    CollectionDefinition definition =
        CollectionDefinition.newBuilder().setName("c").setDimension(2).setShards(2).build();
    CollectionAdmin.Created made = cluster.admin.create(request("c1"), definition);
    assertThat(made.created()).isTrue();
    assertThat(cluster.admin.create(request("c1"), definition).created()).isTrue();
    CollectionAdmin.Created again = cluster.admin.create(request("c2"), definition);
    assertThat(again.created()).isFalse();
    assertThat(again.state()).isEqualTo(made.state());
    assertCode(
        ErrorCode.COLLECTION_EXISTS,
        () -> cluster.admin.create(request("c3"), definition.toBuilder().setDimension(3).build()));

    var alteration =
        new CollectionAdmin.Alteration(
            Map.of("price", "float"),
            OptionalLong.of(60),
            OptionalInt.empty(),
            OptionalInt.of(3),
            Optional.of("own"));
    CollectionAdmin.Changed changed =
        cluster.admin.alter(request("a1"), Optional.empty(), "c", alteration);
    assertThat(changed.state().getDefinition().getSchemaMap()).containsEntry("price", "float");
    assertThat(changed.state().getDefinition().getReplicas()).isEqualTo(3);
    assertThat(changed.state().getDefinition().getPool()).isEqualTo("own");
    assertThat(cluster.admin.alter(request("a1"), Optional.empty(), "c", alteration).state())
        .isEqualTo(changed.state());
    assertCode(
        ErrorCode.SCHEMA_VIOLATION,
        () ->
            cluster.writes.upsert(
                request("w1"),
                "c",
                List.of(upsert("a", "{\"price\":\"x\"}", Condition.NONE)),
                Ack.JOURNAL));
    cluster.writes.upsert(request("w2"), "c", List.of(upsert("a")), Ack.JOURNAL);

    CollectionAdmin.Dropped dropped = cluster.admin.drop(request("d1"), Optional.empty(), "c");
    assertThat(dropped.collectionId()).isEqualTo(made.state().getId());
    assertThat(cluster.admin.drop(request("d1"), Optional.empty(), "c").collectionId())
        .isEqualTo(made.state().getId());
    assertCode(
        ErrorCode.COLLECTION_NOT_FOUND,
        () -> cluster.admin.drop(request("d2"), Optional.empty(), "c"));
    assertCode(
        ErrorCode.COLLECTION_NOT_FOUND,
        () -> cluster.writes.upsert(request("w3"), "c", List.of(upsert("a")), Ack.JOURNAL));
    assertCode(ErrorCode.COLLECTION_NOT_FOUND, () -> get("c", "a"));

    CollectionAdmin.Created second = cluster.admin.create(request("c4"), definition);
    assertThat(second.state().getId()).isNotEqualTo(made.state().getId());
    assertThat(get("c", "a")).isEmpty();
    cluster.writes.upsert(request("w4"), "c", List.of(upsert("a")), Ack.JOURNAL);
    assertThat(get("c", "a")).isPresent();
  }

  @Test
  void whatAResourceMadeOnlyTheResourceChanges() {
    Optional<String> resource = Optional.of("kubernetes/shop/c");
    CollectionDefinition plain =
        CollectionDefinition.newBuilder().setName("c").setDimension(2).build();
    CollectionDefinition owned = plain.toBuilder().setOwner(resource.get()).build();
    assertThat(cluster.admin.create(request("o1"), owned).created()).isTrue();
    var shorter =
        new CollectionAdmin.Alteration(
            Map.of(),
            OptionalLong.of(60),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty());

    for (Optional<String> other : List.of(Optional.<String>empty(), Optional.of("kubernetes/x"))) {
      assertThatThrownBy(() -> cluster.admin.alter(request("o2"), other, "c", shorter))
          .isInstanceOfSatisfying(
              VecraftException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.COLLECTION_OWNED))
          .hasMessageContaining(resource.get());
      assertCode(ErrorCode.COLLECTION_OWNED, () -> cluster.admin.drop(request("o3"), other, "c"));
    }
    assertThat(cluster.admin.create(request("o4"), plain).created()).isFalse();
    assertCode(
        ErrorCode.COLLECTION_EXISTS,
        () -> cluster.admin.create(request("o5"), owned.toBuilder().setOwner("x").build()));

    CollectionDefinition changed =
        cluster.admin.alter(request("o6"), resource, "c", shorter).state().getDefinition();
    assertThat(changed.getTimeTravelWindowS()).isEqualTo(60);
    assertThat(changed.getOwner()).isEqualTo(resource.get());
    cluster.admin.drop(request("o7"), resource, "c");
    assertCode(ErrorCode.COLLECTION_NOT_FOUND, () -> get("c", "a"));
  }

  @Test
  void theHistoryAndTheRequestAreTraced() {
    write("1", upsert("a", "{\"n\":1}", Condition.NONE));
    write("2", upsert("a", "{\"n\":2}", Condition.IF_ABSENT), upsert("b"));
    WriteAnswer third = write("3", upsert("a", "{\"n\":3}", Condition.NONE));
    List<VersionView> versions =
        cluster
            .query
            .history(new HistoryRequestSpec("docs", "a", 10, Optional.empty(), strong()))
            .versions();
    assertThat(versions).extracting(VersionView::requestId).containsExactly("3", "1");
    assertThat(versions).extracting(VersionView::principal).containsOnly("tester");

    Lineage.RequestTrace trace = cluster.lineage.operation("2");
    assertThat(trace.principal()).isEqualTo("tester");
    assertThat(trace.operations())
        .extracting(o -> o.id() + " " + o.kind() + " " + o.outcome())
        .containsExactlyInAnyOrder("a upsert conflict", "b upsert created");
    assertThat(cluster.lineage.operation("3").operations().getFirst().stamp())
        .isEqualTo(third.stamp());
    assertCode(ErrorCode.REQUEST_NOT_FOUND, () -> cluster.lineage.operation("nope"));
    assertThat(cluster.lineage.records(Partitions.SYSTEM, 1, 10).getRecordsCount()).isEqualTo(1);
    assertCode(ErrorCode.NOT_FOUND, () -> cluster.lineage.records(99, 1, 10));
  }

  @Test
  void theTailShowsDecidedRecordsInOrderAndGoesOn() {
    for (int i = 0; i < 20; i++) {
      write("w" + i, upsert("r" + i % 5, "{\"n\":" + i + "}", Condition.NONE));
    }
    transact("t", in("docs", upsert("x")), in("docs", upsert("y", "{}", Condition.IF_ABSENT)));
    var seen = new ArrayList<Lineage.DecidedRecord>();
    try (Lineage.Tail tail = cluster.lineage.tail(Optional.of("docs"), 0)) {
      while (seen.size() < 22) {
        List<Lineage.DecidedRecord> next = tail.next(soon());
        assertThat(next).isNotEmpty();
        seen.addAll(next);
      }
    }
    assertThat(seen).extracting(Lineage.DecidedRecord::stamp).isSorted();
    assertThat(seen).extracting(Lineage.DecidedRecord::requestId).startsWith("create-docs", "w0");
    assertThat(seen.getLast().operations())
        .extracting(Lineage.DecidedOperation::outcome)
        .containsExactly("created", "created");
    long middle = seen.get(10).stamp();
    var resumed = new ArrayList<Lineage.DecidedRecord>();
    try (Lineage.Tail tail = cluster.lineage.tail(Optional.of("docs"), middle)) {
      while (resumed.size() < 11) {
        resumed.addAll(tail.next(soon()));
      }
    }
    assertThat(resumed)
        .extracting(Lineage.DecidedRecord::stamp)
        .isEqualTo(seen.subList(11, 22).stream().map(Lineage.DecidedRecord::stamp).toList());
  }
}
