package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Channel;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.time.Deadline;
import io.vecraft.net.FreePorts;
import io.vecraft.query.rpc.GrpcQueryService;
import io.vecraft.query.rpc.RemoteQueryProcessor;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several query processes that come and go. */
class RemoteQueryTest {
  private final FakeCluster cluster = new FakeCluster();
  private final InternalChannels channels = new InternalChannels(Optional.empty());
  private final List<Channel> known = new CopyOnWriteArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private RemoteQueryProcessor query;

  private final class Process {
    final LocalQueryProcessor processor =
        new LocalQueryProcessor(new QueryConfig(0, Duration.ofMinutes(1), 10), cluster.access());
    final InternalServer server;

    Process(int port) {
      server =
          InternalServer.start(
              new HostAndPort("127.0.0.1", port),
              Optional.empty(),
              List.of(new GrpcQueryService(processor)));
    }

    void close() {
      server.close();
      processor.close();
    }
  }

  @BeforeEach
  void start() {
    cluster.node("a");
    cluster.collection("docs", 2, 3, "l2");
    for (int i = 0; i < 20; i++) {
      cluster.write("docs", "r" + i, i, i);
    }
    query = new RemoteQueryProcessor(() -> List.copyOf(known), Duration.ofSeconds(30));
    for (int i = 0; i < 3; i++) {
      add();
    }
  }

  @AfterEach
  void stop() {
    query.close();
    channels.close();
    processes.forEach(Process::close);
  }

  private void add() {
    Process process = new Process(FreePorts.next());
    processes.add(process);
    known.add(channels.to(new HostAndPort("127.0.0.1", process.server.port())));
  }

  private static ReadOptions strong() {
    return ReadOptions.of(ConsistencyLevel.STRONG, Deadline.afterMillis(30_000));
  }

  private SearchAnswer search() {
    var spec = new SearchSpec(new float[] {1, 1}, 5, 0, false, Optional.empty(), Include.METADATA);
    return query.search(new SearchRequestSpec("docs", spec, Optional.empty(), strong()));
  }

  @Test
  void aProcessThatGoesIsNotMissedAndOneThatComesIsUsed() {
    for (int i = 0; i < 6; i++) {
      assertThat(search().hits()).hasSize(5);
    }
    Process first = processes.get(0);
    int port = first.server.port();
    first.server.close();
    for (int i = 0; i < 12; i++) {
      assertThat(search().hits()).hasSize(5);
    }
    processes.get(1).server.close();
    for (int i = 0; i < 6; i++) {
      assertThat(search().hits()).hasSize(5);
    }
    known.subList(1, 3).clear();
    // The only one left is down: it is waited for.
    Thread comesBack =
        Thread.startVirtualThread(() -> {
          try {
            Thread.sleep(300);
          } catch (InterruptedException e) {
            return;
          }
          processes.add(new Process(port));
        });
    assertThat(search().hits()).hasSize(5);
    assertThat(comesBack.isAlive()).isFalse();
  }

  @Test
  void withoutAnyProcessTheErrorIsClearAndSoon() {
    known.clear();
    assertThatThrownBy(this::search)
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertThat(query.answers()).isFalse();
  }

  @Test
  void errorsOfTheRequestAreNotAskedForTwice() {
    assertThatThrownBy(() -> query.count(new CountRequestSpec("nope", Optional.empty(), strong())))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND));
    var threshold =
        new SearchRequestSpec(
            "docs",
            new SearchSpec(new float[3], 5, 0, false, Optional.empty(), Include.METADATA),
            Optional.of(0.5f),
            strong());
    assertThatThrownBy(() -> query.search(threshold))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.DIMENSION_MISMATCH);
              assertThat(e.field()).contains("vector");
            });
  }

  @Test
  void aScrollStaysWithItsProcessAndGoesOnElsewhereWhenThatIsGone() {
    List<String> seen = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    int pages = 0;
    do {
      ScrollAnswer page =
          query.scroll(
              new ScrollRequestSpec(
                  "docs", Optional.empty(), 3, cursor, Include.METADATA, strong()));
      page.records().stream().map(RecordView::id).forEach(seen::add);
      cursor = page.cursor();
      if (++pages == 3) {
        // One process has the pins of the three shards, nobody else has any.
        assertThat(pins()).isEqualTo(3);
        processes.get(0).close();
        processes.get(1).close();
      }
    } while (cursor.isPresent());
    assertThat(seen).hasSize(20).doesNotHaveDuplicates();
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> pins() == 0);
  }

  private int pins() {
    return cluster.nodes.getFirst().replicas.values().stream().mapToInt(r -> r.pins.get()).sum();
  }

  @Test
  void describesOverTheWire() {
    assertThat(query.answersAtOnce("docs", strong())).isFalse();
    ChecksumAnswer sums = query.checksums(new ChecksumRequestSpec("docs", strong()));
    assertThat(sums.shards()).hasSize(3);
    HistoryAnswer history =
        query.history(new HistoryRequestSpec("docs", "r3", 3, Optional.empty(), strong()));
    assertThat(history.versions()).hasSize(1);
  }
}
