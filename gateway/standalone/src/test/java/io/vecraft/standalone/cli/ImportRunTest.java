package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.standalone.imports.ImportRecord;
import io.vecraft.standalone.imports.RecordSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportRunTest {
  private static final int RECORDS = 95;
  private static final String WRITTEN = "{\"results\":[{\"outcome\":\"written\"}]}";

  private final FakeServer server;
  @TempDir Path directory;
  private Path file = Path.of("");

  ImportRunTest() throws IOException {
    server = new FakeServer();
  }

  @BeforeEach
  void prepare() throws IOException {
    file = Files.writeString(directory.resolve("file"), "content");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Records 0 to 94. */
  private static final class Numbers implements RecordSource {
    private int next;

    @Override
    public OptionalLong totalHint() {
      return OptionalLong.of(RECORDS);
    }

    @Override
    public boolean hasNext() {
      return next < RECORDS;
    }

    @Override
    public ImportRecord next() {
      int id = next++;
      return new ImportRecord(
          Integer.toString(id),
          Optional.of(new float[] {id, 0.5f}),
          Optional.empty(),
          ("{\"n\":" + id + "}").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {}
  }

  private ImportState state(boolean restart) throws IOException {
    return ImportState.open(directory.resolve("states"), "target", file, 10, "options", restart);
  }

  private long run(ImportState state, int concurrency) {
    try (Api api = server.api(Duration.ofMillis(50))) {
      return new ImportRun(api, "c", 10, concurrency, Long.MAX_VALUE).run(new Numbers(), state);
    }
  }

  private static List<String> ids(FakeServer.Request request) {
    try {
      List<String> ids = new ArrayList<>();
      for (JsonNode record : Api.JSON.readTree(request.body()).path("vectors")) {
        assertThat(record.path("vector").size()).isEqualTo(2);
        assertThat(record.path("metadata").path("n").asText())
            .isEqualTo(record.path("id").asText());
        ids.add(record.path("id").asText());
      }
      return ids;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyRecordIsSentOnceInBatches() throws IOException {
    server.answer(request -> FakeServer.ok(WRITTEN));
    assertThat(run(state(false), 4)).isEqualTo(RECORDS);
    List<String> all = server.requests().stream().flatMap(r -> ids(r).stream()).toList();
    assertThat(all)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, RECORDS).mapToObj(Integer::toString).toList());
    assertThat(server.requests().stream().map(FakeServer.Request::requestId))
        .doesNotHaveDuplicates();
  }

  @Test
  void anInterruptedRunGoesOnWithTheSameRequestIds() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    server.answer(request ->
        calls.incrementAndGet() > 4
            ? FakeServer.error(503, "unavailable")
            : FakeServer.ok(WRITTEN));
    assertThatThrownBy(() -> run(state(false), 3)).isInstanceOf(ApiException.class);
    server.answer(request -> FakeServer.ok(WRITTEN));
    run(state(false), 3);

    TreeSet<Integer> seen = new TreeSet<>();
    Map<String, String> bodies = new HashMap<>();
    for (FakeServer.Request request : server.requests()) {
      ids(request).forEach(id -> seen.add(Integer.parseInt(id)));
      String before = bodies.putIfAbsent(request.requestId(), request.body());
      assertThat(before == null || before.equals(request.body()))
          .as("one request id, one body")
          .isTrue();
    }
    assertThat(seen).hasSize(RECORDS);
    assertThat(bodies).hasSize(10);
  }

  @Test
  void whatIsAcknowledgedWithoutAGapIsNotSentAgain() throws IOException {
    ImportState before = state(false);
    before.acknowledge(10, 20);
    assertThat(before.acknowledged()).isZero();
    before.acknowledge(0, 10);
    before.acknowledge(30, 40);
    assertThat(before.acknowledged()).isEqualTo(20);
    server.answer(request -> FakeServer.ok(WRITTEN));
    assertThat(run(before, 1)).isEqualTo(RECORDS - 20);
    assertThat(ids(server.requests().getFirst())).startsWith("20");
  }

  @Test
  void aBatchThatReachedOnlySomePartitionsIsSentAgain() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    server.answer(request ->
        calls.incrementAndGet() == 1
            ? FakeServer.ok("{\"results\":[{\"outcome\":\"outcome_unknown\"}]}")
            : FakeServer.ok(WRITTEN));
    run(state(false), 1);
    assertThat(server.requests()).hasSize(11);
    assertThat(server.requests().get(1)).isEqualTo(server.requests().get(0));
  }

  @Test
  void aFinishedARestartedAndAChangedImportAreNewRuns() throws IOException {
    ImportState first = state(false);
    assertThat(state(false).run()).isEqualTo(first.run());
    assertThat(state(true).run()).isNotEqualTo(first.run());
    ImportState second = state(false);
    second.finish();
    ImportState third = state(false);
    assertThat(third.run()).isNotEqualTo(second.run());
    Files.writeString(file, "other content");
    assertThat(state(false).run()).isNotEqualTo(third.run());
  }

  @Test
  void collectionsAreNamedLikeTheirFile() {
    assertThat(ImportCommand.nameOf(Path.of("/x/My Data (1).npy"))).isEqualTo("my-data-1-");
    assertThat(ImportCommand.nameOf(Path.of("_.npy"))).isEqualTo("imported");
    assertThat(ImportCommand.nameOf(Path.of("sift.base.fvecs"))).isEqualTo("sift");
  }
}
