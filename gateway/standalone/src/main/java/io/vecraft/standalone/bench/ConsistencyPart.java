package io.vecraft.standalone.bench;

import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * What bounded and strong reads cost more than eventual ones while the replica lags: a gate holds
 * its replay back for the lag, writes go on, then one read is timed. A read that must be fresh
 * pulls what is missing and applies it itself. Server and driver are in one process, with a real
 * socket between them.
 */
final class ConsistencyPart {
  private static final int DIMENSION = 128;
  private static final int WRITE_BATCH = 10;
  private static final Duration WRITE_EVERY = Duration.ofMillis(20);
  private static final int EF = 40;
  private static final int BOUND_MS = 50;

  private enum Level {
    EVENTUAL("\"consistency_level\":\"eventual\""),
    BOUNDED("\"consistency_level\":\"bounded\",\"max_staleness_ms\":" + BOUND_MS),
    STRONG("\"consistency_level\":\"strong\"");

    private final String json;

    Level(String json) {
      this.json = json;
    }
  }

  private record Lag(int ms, int samples) {}

  private static final List<Lag> LAGS =
      List.of(new Lag(0, 200), new Lag(100, 60), new Lag(500, 20), new Lag(1000, 15));
  private static final List<Lag> QUICK = List.of(new Lag(0, 5), new Lag(100, 2));

  private final BenchPlan plan;
  private final HeldReplay gate = new HeldReplay();
  private final DataSet set;
  private final byte[][] writes;

  private ConsistencyPart(BenchPlan plan) {
    this.plan = plan;
    BenchPlan small =
        new BenchPlan(
            plan.parts(),
            plan.dimensions(),
            java.util.Optional.of(plan.size().quick() ? 500 : 20_000),
            plan.seed(),
            plan.size());
    this.set = DataSet.generated(small, DIMENSION);
    this.writes = new byte[set.base().length / WRITE_BATCH][];
    for (int i = 0; i < writes.length; i++) {
      byte[] body = JsonVectors.records(r -> set.base()[r], i * WRITE_BATCH, (i + 1) * WRITE_BATCH);
      writes[i] = RestConnection.post("/v1/collections/bench/vectors", body);
    }
  }

  static void run(BenchPlan plan, Path work, Report report) throws IOException {
    Path data = work.resolve("consistency");
    new ConsistencyPart(plan).measure(data, report);
    WorkDirectory.delete(data);
  }

  private void measure(Path data, Report report) throws IOException {
    Report.Table table =
        report.part(
            "consistency",
            ("Reads of %d x %d while %d vectors/s are written and replay is held back for the lag;"
                    + " bounded means %d ms")
                .formatted(
                    set.base().length,
                    DIMENSION,
                    WRITE_BATCH * 1000 / WRITE_EVERY.toMillis(),
                    BOUND_MS));
    var config = StandaloneConfig.builder(data).port(0).gates(node -> gate).build();
    try (Standalone server = Standalone.start(config);
        Calls calls = new Calls(server.port())) {
      calls.put(
          "/v1/collections/bench", "{\"dimension\":%d,\"metric\":\"l2\"}".formatted(DIMENSION));
      try (RestConnection connection = new RestConnection(server.port(), 0, new byte[0][])) {
        for (byte[] write : writes) {
          connection.sendUntilTaken(write);
        }
      }
      calls.post("/v1/collections/bench/vectors/count", "{}", "strong");
      Await.until(
          () -> ServerPart.unlinked(calls.get("/v1/collections/bench")) == 0,
          "all vectors to be in the graph");
      for (Lag lag : plan.size().quick() ? QUICK : LAGS) {
        report.screen().working("reads at a lag of %d ms".formatted(lag.ms()));
        atLag(server.port(), lag, table);
      }
    } finally {
      gate.open();
    }
    table.show();
  }

  private void atLag(int port, Lag lag, Report.Table table) throws IOException {
    Histogram[] latencyUs = new Histogram[Level.values().length];
    AtomicBoolean ended = new AtomicBoolean();
    Thread writer = Thread.ofPlatform().start(() -> writeUntil(port, ended));
    try {
      for (Level level : Level.values()) {
        latencyUs[level.ordinal()] = sample(port, lag, level);
      }
    } finally {
      ended.set(true);
      gate.open();
      join(writer);
    }
    Histogram eventual = latencyUs[Level.EVENTUAL.ordinal()];
    for (Level level : Level.values()) {
      Histogram own = latencyUs[level.ordinal()];
      table
          .row()
          .put("lag ms", lag.ms())
          .put("level", level.name().toLowerCase(java.util.Locale.ROOT))
          .put("samples", own.getTotalCount())
          .put("P50 ms", own.getValueAtPercentile(50) / 1000.0)
          .put("P95 ms", own.getValueAtPercentile(95) / 1000.0)
          .put("max ms", own.getMaxValue() / 1000.0)
          .put(
              "extra P50 ms",
              (own.getValueAtPercentile(50) - eventual.getValueAtPercentile(50)) / 1000.0)
          .put(
              "extra P95 ms",
              (own.getValueAtPercentile(95) - eventual.getValueAtPercentile(95)) / 1000.0);
    }
  }

  private Histogram sample(int port, Lag lag, Level level) throws IOException {
    Histogram latencyUs = new Histogram(3);
    byte[][] fresh = requests(Level.STRONG);
    byte[][] asked = requests(level);
    try (RestConnection catchUp = new RestConnection(port, 1, fresh);
        RestConnection connection = new RestConnection(port, 2, asked)) {
      int warmUp = plan.size().quick() ? 2 : 200;
      for (int i = 0; i < warmUp; i++) {
        connection.ask(i % asked.length);
      }
      for (int i = 0; i < lag.samples(); i++) {
        if (lag.ms() > 0) {
          gate.hold();
          catchUp.ask(i % fresh.length);
          LockSupport.parkNanos(Duration.ofMillis(lag.ms()).toNanos());
        }
        long begin = System.nanoTime();
        connection.ask(i % asked.length);
        latencyUs.recordValue((System.nanoTime() - begin) / 1000);
      }
    }
    return latencyUs;
  }

  private byte[][] requests(Level level) {
    byte[][] requests = new byte[set.queries().length][];
    for (int q = 0; q < requests.length; q++) {
      String body = new String(JsonVectors.search(set.queries()[q], EF), StandardCharsets.UTF_8);
      String with = body.substring(0, body.length() - 1) + "," + level.json + "}";
      requests[q] =
          RestConnection.post(
              "/v1/collections/bench/search", with.getBytes(StandardCharsets.UTF_8));
    }
    return requests;
  }

  private void writeUntil(int port, AtomicBoolean ended) {
    try (RestConnection connection = new RestConnection(port, 3, new byte[0][])) {
      for (int i = 0; !ended.get(); i = (i + 1) % writes.length) {
        connection.sendUntilTaken(writes[i]);
        LockSupport.parkNanos(WRITE_EVERY.toNanos());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a write of the measurement failed", e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
