package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Wiring.class)
class ReadModesTest {
  private static final QueryConfig CONFIG = new QueryConfig(1 << 20, Duration.ofMinutes(1), 10);

  @Parameter Wiring wiring;
  private final FakeCluster cluster = new FakeCluster();
  private Wiring.Wired wired;
  private FakeCluster.Node a;
  private FakeCluster.Node b;
  private QueryProcessor query;

  @BeforeEach
  void start() {
    a = cluster.node("a");
    b = cluster.node("b");
    cluster.collection("docs", 2, 3, "l2");
    wired = wiring.wire(cluster, CONFIG);
    query = wired.query;
  }

  @AfterEach
  void stop() throws Exception {
    wired.close();
  }

  private static Deadline soon() {
    return Deadline.afterMillis(30_000);
  }

  private static ReadOptions at(ConsistencyLevel level) {
    return ReadOptions.of(level, soon());
  }

  private static ReadOptions bounded(long ms) {
    return new ReadOptions(ConsistencyLevel.BOUNDED, ms, 0, 0, OptionalLong.empty(), false, soon());
  }

  private SearchAnswer search(ReadOptions options) {
    return search(options, 1, 1);
  }

  private SearchAnswer search(ReadOptions options, float x, float y) {
    var spec = new SearchSpec(new float[] {x, y}, 10, 0, false, Optional.empty(), Include.METADATA);
    return query.search(new SearchRequestSpec("docs", spec, Optional.empty(), options));
  }

  private static List<String> ids(SearchAnswer answer) {
    return answer.hits().stream().map(h -> h.record().id()).toList();
  }

  private static void assertCode(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(VecraftException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void eventualReadsAtTheSmallestFrontierWithoutWaiting() {
    cluster.write("docs", "x", 1, 1);
    SearchAnswer answer = search(at(ConsistencyLevel.EVENTUAL));
    assertThat(ids(answer)).isEmpty();
    assertThat(answer.consistency().syncPerformed()).isFalse();
    assertThat(answer.consistency().shardsAnswered()).isEqualTo(3);
    assertThat(cluster.closed).isEmpty();
  }

  @Test
  void strongSeesWhatWasAcknowledgedAtOneInstant() {
    long written = cluster.write("docs", "x", 1, 1);
    SearchAnswer answer = search(at(ConsistencyLevel.STRONG));
    assertThat(ids(answer)).containsExactly("x");
    assertThat(answer.consistency().asOf()).isGreaterThan(written);
    assertThat(answer.consistency().stalenessMs()).isZero();
    assertThat(answer.consistency().syncPerformed()).isTrue();
    assertThat(answer.consistency().sessionStamp()).isEqualTo(answer.consistency().asOf());
  }

  @Test
  void readYourWritesWaitsForTheTokenAndNeverGoesBack() {
    long written = cluster.write("docs", "x", 1, 1);
    SearchAnswer first = search(at(ConsistencyLevel.READ_YOUR_WRITES).inSession(written));
    assertThat(ids(first)).containsExactly("x");
    assertThat(first.consistency().asOf()).isGreaterThanOrEqualTo(written);
    SearchAnswer second =
        search(at(ConsistencyLevel.EVENTUAL).inSession(first.consistency().sessionStamp()));
    assertThat(second.consistency().asOf())
        .isGreaterThanOrEqualTo(first.consistency().sessionStamp());
  }

  @Test
  void boundedSyncsOnlyWhenTooStale() throws Exception {
    search(at(ConsistencyLevel.STRONG));
    assertThat(search(bounded(60_000)).consistency().syncPerformed()).isFalse();
    cluster.write("docs", "x", 1, 1);
    Thread.sleep(5);
    SearchAnswer answer = search(bounded(0));
    assertThat(answer.consistency().syncPerformed()).isTrue();
    assertThat(ids(answer)).containsExactly("x");
    assertThat(answer.consistency().maxAllowedStalenessMs()).isZero();
  }

  @Test
  void boundedThatCannotBeKeptIsAnError() {
    a.replicas.values().forEach(r -> r.paused = true);
    b.replicas.values().forEach(r -> r.paused = true);
    var options =
        new ReadOptions(
            ConsistencyLevel.BOUNDED,
            0,
            0,
            0,
            OptionalLong.empty(),
            false,
            Deadline.afterMillis(100));
    assertThatThrownBy(() -> search(options))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e ->
                // From another process the better error may come too late.
                assertThat(e.code())
                    .isIn(
                        ErrorCode.STALENESS_EXCEEDED,
                        wiring == Wiring.REMOTE_QUERY
                            ? ErrorCode.DEADLINE_EXCEEDED
                            : ErrorCode.STALENESS_EXCEEDED));
  }

  @Test
  void asOfIsRepeatable() {
    long first = cluster.write("docs", "x", 1, 1);
    cluster.write("docs", "y", 1, 1);
    for (int i = 0; i < 2; i++) {
      SearchAnswer answer = search(ReadOptions.asOf(first, soon()));
      assertThat(ids(answer)).containsExactly("x");
      assertThat(answer.consistency().asOf()).isEqualTo(first);
      search(at(ConsistencyLevel.STRONG));
    }
  }

  @Test
  void stampsThatNoClockGaveAreRefused() {
    long future = Stamp.of(Stamp.millis(cluster.acknowledged()) + 100_000, 0, 0);
    assertCode(ErrorCode.STAMP_IN_FUTURE, () -> search(ReadOptions.asOf(future, soon())));
    assertCode(
        ErrorCode.STAMP_IN_FUTURE,
        () -> search(at(ConsistencyLevel.READ_YOUR_WRITES).inSession(future)));
  }

  @Test
  void belowTheWindowIsExpired() {
    long old = cluster.write("docs", "x", 1, 1);
    search(at(ConsistencyLevel.STRONG));
    cluster.nodes.forEach(n -> n.replicas.values().forEach(r -> r.safePoint = r.frontier));
    wired.settle();
    assertCode(ErrorCode.SNAPSHOT_EXPIRED, () -> search(ReadOptions.asOf(old, soon())));
  }

  @Test
  void anUnknownCollectionIsNotFoundButTheDefaultIsEmpty() {
    var spec = new SearchSpec(new float[] {1}, 10, 0, false, Optional.empty(), Include.METADATA);
    assertCode(
        ErrorCode.COLLECTION_NOT_FOUND,
        () ->
            query.search(
                new SearchRequestSpec(
                    "nope", spec, Optional.empty(), at(ConsistencyLevel.EVENTUAL))));
    SearchAnswer answer =
        query.search(
            new SearchRequestSpec(
                "default", spec, Optional.empty(), at(ConsistencyLevel.EVENTUAL)));
    assertThat(answer.hits()).isEmpty();
    assertThat(answer.consistency().shardsTotal()).isZero();
  }

  @Test
  void aPausedReplicaIsPassedOver() {
    long written = cluster.write("docs", "x", 1, 1);
    a.replicas.values().forEach(r -> r.paused = true);
    SearchAnswer answer = search(at(ConsistencyLevel.STRONG));
    assertThat(ids(answer)).containsExactly("x");
    assertThat(answer.consistency().asOf()).isGreaterThan(written);
  }

  @Test
  void aFailingReplicaIsReplacedAndAFailingShardIsNeverHidden() {
    search(at(ConsistencyLevel.STRONG));
    cluster.nodes.forEach(n -> n.replicas.values().forEach(r -> r.frontier += 1));
    wired.settle();
    a.shard(1).failure = Optional.of(ErrorCode.DATA_DAMAGED);
    for (int i = 0; i < 4; i++) {
      assertThat(search(at(ConsistencyLevel.EVENTUAL)).consistency().shardsAnswered()).isEqualTo(3);
    }
    b.shard(1).failure = Optional.of(ErrorCode.UNAVAILABLE);
    // Another query than those that the cache can answer.
    assertThatThrownBy(() -> search(at(ConsistencyLevel.EVENTUAL), 3, 3))
        .isInstanceOf(VecraftException.class);
    var partial =
        new ReadOptions(ConsistencyLevel.EVENTUAL, 0, 0, 0, OptionalLong.empty(), true, soon());
    ConsistencyInfo info = search(partial, 3, 3).consistency();
    assertThat(info.shardsAnswered()).isEqualTo(2);
    assertThat(info.shardsTotal()).isEqualTo(3);
    var strong =
        new ReadOptions(ConsistencyLevel.STRONG, 0, 0, 0, OptionalLong.empty(), true, soon());
    assertThat(search(strong, 3, 3).consistency().shardsAnswered()).isEqualTo(2);
  }

  @Test
  void aPartitionWithoutMajorityStopsStrongReadsOnly() {
    cluster.unavailable.add(2);
    assertCode(ErrorCode.UNAVAILABLE, () -> search(at(ConsistencyLevel.STRONG)));
    assertThat(search(at(ConsistencyLevel.EVENTUAL)).hits()).isEmpty();
  }

  @Test
  void theCacheHitsWhileNothingWasAppliedAndNeverAfter() {
    cluster.write("docs", "x", 1, 1);
    assertThat(search(at(ConsistencyLevel.STRONG)).consistency().cacheHit()).isFalse();
    SearchAnswer again = search(at(ConsistencyLevel.STRONG));
    assertThat(again.consistency().cacheHit()).isTrue();
    assertThat(ids(again)).containsExactly("x");
    assertThat(search(at(ConsistencyLevel.STRONG), 2, 2).consistency().cacheHit()).isFalse();
    cluster.write("docs", "y", 1, 1);
    SearchAnswer after = search(at(ConsistencyLevel.STRONG));
    assertThat(after.consistency().cacheHit()).isFalse();
    assertThat(ids(after)).containsExactlyInAnyOrder("x", "y");
    assertThat(after.consistency().indexVersion()).isEqualTo(2);
  }

  @Test
  void nearestOfAllShardsComeFirst() {
    for (int i = 0; i < 40; i++) {
      cluster.write("docs", "r" + i, i, i);
    }
    SearchAnswer answer = search(at(ConsistencyLevel.STRONG), 0, 0);
    assertThat(ids(answer))
        .containsExactly("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9");
    assertThat(answer.hits().getFirst().score()).isEqualTo(1f);
  }

  @Test
  void aScrollShowsEachRecordOfItsInstantOnce() {
    var expected = new ArrayList<String>();
    for (int i = 0; i < 25; i++) {
      cluster.write("docs", "r" + i, i, i);
      expected.add("r" + i);
    }
    var seen = new ArrayList<String>();
    Optional<String> cursor = Optional.empty();
    int pages = 0;
    do {
      ScrollAnswer page =
          query.scroll(
              new ScrollRequestSpec(
                  "docs",
                  Optional.empty(),
                  4,
                  cursor,
                  Include.METADATA,
                  at(ConsistencyLevel.STRONG)));
      page.records().stream().map(RecordView::id).forEach(seen::add);
      cursor = page.cursor();
      cluster.write("docs", "later" + pages++, 1, 1);
    } while (cursor.isPresent());
    assertThat(seen).containsExactlyInAnyOrderElementsOf(expected);
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() ->
            cluster.nodes.stream()
                .flatMap(n -> n.replicas.values().stream())
                .allMatch(r -> r.pins.get() == 0));
  }

  @Test
  void aCursorBelongsToItsFilter() {
    for (int i = 0; i < 9; i++) {
      cluster.write("docs", "r" + i, i, i);
    }
    ScrollAnswer page =
        query.scroll(
            new ScrollRequestSpec(
                "docs",
                Optional.empty(),
                2,
                Optional.empty(),
                Include.METADATA,
                at(ConsistencyLevel.STRONG)));
    var other =
        Optional.<io.vecraft.index.filter.Filter>of(
            new io.vecraft.index.filter.Filter.And(List.of()));
    assertCode(
        ErrorCode.INVALID_ARGUMENT,
        () ->
            query.scroll(
                new ScrollRequestSpec(
                    "docs",
                    other,
                    2,
                    page.cursor(),
                    Include.METADATA,
                    at(ConsistencyLevel.EVENTUAL))));
  }

  @Test
  void getNamesWhatIsMissing() {
    cluster.write("docs", "x", 1, 1);
    GetAnswer answer =
        query.get(
            new GetRequestSpec(
                "docs", List.of("y", "x", "z"), Include.METADATA, at(ConsistencyLevel.STRONG)));
    assertThat(answer.records()).extracting(RecordView::id).containsExactly("x");
    assertThat(answer.missing()).containsExactly("y", "z");
  }

  @Test
  void historyGoesOnByCursor() {
    for (int i = 0; i < 5; i++) {
      cluster.write("docs", "x", i, i);
    }
    var options = at(ConsistencyLevel.STRONG);
    HistoryAnswer first =
        query.history(new HistoryRequestSpec("docs", "x", 3, Optional.empty(), options));
    assertThat(first.versions()).hasSize(3);
    HistoryAnswer rest =
        query.history(new HistoryRequestSpec("docs", "x", 3, first.cursor(), options));
    assertThat(rest.versions()).hasSize(2);
    assertThat(rest.cursor()).isEmpty();
    assertCode(
        ErrorCode.RECORD_NOT_FOUND,
        () -> query.history(new HistoryRequestSpec("docs", "nope", 3, Optional.empty(), options)));
  }

  @Test
  void vectorsThatCannotBeSearchedForAreRefused() {
    assertCode(ErrorCode.INVALID_VECTOR, () -> search(at(ConsistencyLevel.EVENTUAL), Float.NaN, 1));
    assertCode(
        ErrorCode.INVALID_VECTOR, () -> search(at(ConsistencyLevel.EVENTUAL), Float.MAX_VALUE, 1));
    cluster.collection("angles", 2, 1, "cosine");
    wired.settle();
    var zero = new SearchSpec(new float[2], 10, 0, false, Optional.empty(), Include.METADATA);
    assertCode(
        ErrorCode.INVALID_VECTOR,
        () ->
            query.search(
                new SearchRequestSpec(
                    "angles", zero, Optional.empty(), at(ConsistencyLevel.EVENTUAL))));
  }

  @Test
  void collectionsAreDescribedWithTheirReplicas() {
    cluster.write("docs", "x", 1, 1);
    search(at(ConsistencyLevel.STRONG));
    CollectionDescription docs = query.describe("docs");
    assertThat(docs.state()).isEqualTo(cluster.catalog.requireCollection("docs"));
    assertThat(docs.records()).isEqualTo(1);
    assertThat(docs.shards()).hasSize(3);
    assertThat(docs.shards().getFirst().replicas())
        .extracting(CollectionDescription.ReplicaDescription::node)
        .containsExactlyInAnyOrder("a", "b");
    assertThat(query.list()).extracting(CollectionDescription::state).containsExactly(docs.state());
    assertCode(ErrorCode.COLLECTION_NOT_FOUND, () -> query.describe("nope"));
  }
}
