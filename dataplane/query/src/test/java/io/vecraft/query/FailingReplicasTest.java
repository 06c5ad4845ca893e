package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Storage processes that stand still, die and come back while others serve, under reads. */
@ParameterizedClass
@EnumSource(
    value = Wiring.class,
    names = {"REMOTE_STORAGE", "REMOTE_QUERY"})
class FailingReplicasTest {
  private static final int READERS = 3;

  @Parameter Wiring wiring;
  private final FakeCluster cluster = new FakeCluster();
  private FakeCluster.Node a;
  private FakeCluster.Node b;
  private Wiring.Wired wired;
  private Thread tail;

  @BeforeEach
  void start() {
    a = cluster.node("a");
    b = cluster.node("b");
    cluster.collection("docs", 2, 3, "l2");
    for (int i = 0; i < 9; i++) {
      cluster.write("docs", "r" + i, i, i);
    }
    wired = wiring.wire(cluster, new QueryConfig(0, Duration.ofMinutes(1), 100));
    tail = Thread.ofPlatform().daemon().start(this::tail);
  }

  /** Replicas follow the log by themselves. */
  private void tail() {
    try {
      while (true) {
        for (FakeCluster.Node node : List.of(a, b)) {
          node.replicas.values().forEach(FakeShard::advance);
        }
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      // The test has ended.
    }
  }

  @AfterEach
  void stop() throws Exception {
    tail.interrupt();
    wired.close();
  }

  private static Deadline soon() {
    return Deadline.afterMillis(60_000);
  }

  private SearchAnswer search(ReadOptions options) {
    var spec =
        new SearchSpec(new float[] {0, 0}, 1_000, 0, false, Optional.empty(), Include.METADATA);
    return wired.query.search(new SearchRequestSpec("docs", spec, Optional.empty(), options));
  }

  @Test
  void aStrongReadIsWaitedForWhileThePartitionsAreBeingClosed() {
    cluster.beforeClosing =
        stamp -> {
          for (int shard = 0; shard < 3; shard++) {
            var replicas = List.of(a.shard(shard), b.shard(shard));
            Awaitility.await("shard " + shard)
                .atMost(Duration.ofSeconds(30))
                .until(() -> replicas.stream().anyMatch(r -> r.waits.contains(stamp)));
          }
        };
    SearchAnswer answer = search(ReadOptions.of(ConsistencyLevel.STRONG, soon()));
    assertThat(answer.hits()).hasSize(9);
  }

  /** Reads at all levels, by several threads, while something is done. */
  private void whileReading(ThrowingRunnable doing) throws Exception {
    var failures = new ConcurrentLinkedQueue<Throwable>();
    var ended = new AtomicBoolean();
    var reads = new AtomicInteger();
    var written = new AtomicInteger(9);
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      readers.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  long session = 0;
                  while (!ended.get()) {
                    session = readEach(written, session);
                    reads.incrementAndGet();
                  }
                } catch (Throwable e) {
                  failures.add(e);
                }
              }));
    }
    try {
      doing.run();
      int sofar = reads.get();
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> reads.get() > sofar + 20 || !failures.isEmpty());
    } finally {
      ended.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
    }
    assertThat(failures).isEmpty();
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  /** Writes, and reads what must be seen of it at each level. */
  private long readEach(AtomicInteger written, long session) {
    int number;
    long stamp;
    synchronized (written) {
      number = written.getAndIncrement();
      stamp = cluster.write("docs", "w" + number, number, number);
    }
    SearchAnswer own =
        search(ReadOptions.of(ConsistencyLevel.READ_YOUR_WRITES, soon()).inSession(stamp));
    assertThat(ids(own)).contains("w" + number);
    int before;
    synchronized (written) {
      // What another has counted it has written.
      before = written.get();
    }
    SearchAnswer strong = search(ReadOptions.of(ConsistencyLevel.STRONG, soon()));
    assertThat(strong.hits()).hasSizeGreaterThanOrEqualTo(before);
    assertThat(strong.consistency().shardsAnswered()).isEqualTo(3);
    SearchAnswer again = search(ReadOptions.asOf(strong.consistency().asOf(), soon()));
    assertThat(ids(again)).isEqualTo(ids(strong));
    SearchAnswer bounded =
        search(
            new ReadOptions(
                ConsistencyLevel.BOUNDED, 0, 0, 0, OptionalLong.empty(), false, soon()));
    assertThat(bounded.hits()).hasSizeGreaterThanOrEqualTo(before);
    SearchAnswer eventual =
        search(ReadOptions.of(ConsistencyLevel.EVENTUAL, soon()).inSession(session));
    assertThat(eventual.consistency().asOf()).isGreaterThanOrEqualTo(session);
    assertThat(
            wired
                .query
                .count(
                    new CountRequestSpec(
                        "docs", Optional.empty(), ReadOptions.of(ConsistencyLevel.STRONG, soon())))
                .count())
        .isGreaterThanOrEqualTo(before);
    return eventual.consistency().sessionStamp();
  }

  private static List<String> ids(SearchAnswer answer) {
    return answer.hits().stream().map(h -> h.record().id()).toList();
  }

  private void eventually(java.util.concurrent.Callable<Boolean> holds) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofMinutes(2))
        .until(holds);
  }

  private boolean serves(FakeCluster.Node node) {
    return wired.remotes.stream().anyMatch(r -> r.name().equals(node.name()) && r.serving());
  }

  private static int searches(FakeCluster.Node node) {
    return node.replicas.values().stream().mapToInt(r -> r.searches.get()).sum();
  }

  @Test
  void noReadFailsWhileAProcessStandsStillAndItIsUsedAgainAfterwards() throws Exception {
    whileReading(() -> {
      wired.servers.get("a").freeze();
      eventually(() -> !serves(a));
      int meanwhile = searches(b);
      eventually(() -> searches(b) > meanwhile + 20);
      wired.servers.get("a").thaw();
      eventually(() -> serves(a));
      int before = searches(a);
      eventually(() -> searches(a) > before + 5);
    });
  }

  @Test
  void noReadFailsWhileAProcessIsKilledAndStartsAgain() throws Exception {
    whileReading(() -> {
      for (FakeCluster.Node node : List.of(a, b)) {
        wired.kill(node);
        eventually(() -> !serves(node));
        wired.startAgain(node);
        eventually(() -> serves(node));
        int before = searches(node);
        eventually(() -> searches(node) > before + 5);
      }
    });
  }

  @Test
  void aReplicaThatHangsIsNotWaitedFor() throws Exception {
    // Heard all the time, but it answers no search.
    var gate = new CountDownLatch(1);
    a.replicas.values().forEach(r -> r.gate = gate);
    try {
      // Each may wait for its hedge; which replica is asked first is by turn.
      for (int i = 0; i < 8 || searches(a) == 0; i++) {
        assertThat(search(ReadOptions.of(ConsistencyLevel.STRONG, soon())).hits()).hasSize(9);
      }
      assertThat(searches(a)).isPositive();
      assertThat(serves(a)).isTrue();
    } finally {
      gate.countDown();
    }
  }

  @Test
  void withoutAnyReplicaThereIsAClearErrorInsideTheDeadlineAndAnAnswerAfterwards()
      throws Exception {
    wired.servers.get("a").freeze();
    wired.kill(b);
    for (ConsistencyLevel level : ConsistencyLevel.values()) {
      try {
        assertThat(search(ReadOptions.of(level, Deadline.afterMillis(1_000))).hits()).isNotEmpty();
      } catch (VecraftException e) {
        assertThat(e.code().httpStatus()).isIn(503, 504);
      }
    }
    wired.servers.get("a").thaw();
    eventually(() -> serves(a));
    assertThat(search(ReadOptions.of(ConsistencyLevel.STRONG, soon())).hits()).hasSize(9);
  }

  @Test
  void aScrollGoesOnWithoutTheProcessThatItBeganOn() {
    List<String> seen = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    int pages = 0;
    do {
      ScrollAnswer page =
          wired.query.scroll(
              new ScrollRequestSpec(
                  "docs",
                  Optional.empty(),
                  2,
                  cursor,
                  Include.METADATA,
                  ReadOptions.of(ConsistencyLevel.STRONG, soon())));
      page.records().stream().map(RecordView::id).forEach(seen::add);
      cursor = page.cursor();
      if (++pages == 2) {
        wired.kill(a);
      }
    } while (cursor.isPresent());
    assertThat(seen).hasSize(9).doesNotHaveDuplicates();
  }
}
