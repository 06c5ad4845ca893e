package io.vecraft.standalone.bench;

import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * A server whose replicas lag: a gate holds its replay back for the lag, writes go on, then one
 * read is timed. A read that must be fresh pulls what is missing and applies it itself. Server and
 * driver are in one process, with a real socket between them.
 */
final class LaggedReads implements AutoCloseable {
  /** What a bounded read allows. */
  static final int BOUND_MS = 50;

  private static final String COLLECTION = "/v1/collections/bench";
  private static final int WRITE_BATCH = 10;
  private static final Duration WRITE_EVERY = Duration.ofMillis(20);

  /** Vectors a second that are written while reads are timed. */
  static final long WRITES_PER_SECOND = WRITE_BATCH * 1000 / WRITE_EVERY.toMillis();

  private static final int FILL_BATCH = 500;
  private static final int REWRITTEN_MAX = 20_000;
  private static final int EF = 40;
  private static final int WARM_UP = 200;

  /** What a read promises. */
  enum Level {
    EVENTUAL("\"consistency_level\":\"eventual\""),
    BOUNDED("\"consistency_level\":\"bounded\",\"max_staleness_ms\":" + BOUND_MS),
    READ_YOUR_WRITES("\"consistency_level\":\"read_your_writes\""),
    STRONG("\"consistency_level\":\"strong\"");

    private final String json;

    Level(String json) {
      this.json = json;
    }
  }

  /**
   * How long replay is held back before each read.
   *
   * @param ms milliseconds
   * @param samples reads of each level
   */
  record Lag(int ms, int samples) {}

  /** How long the reads of each level took. */
  static final class Latencies {
    private final Histogram[] us;

    private Latencies(Histogram[] us) {
      this.us = Arrays.copyOf(us, us.length);
    }

    /** Milliseconds within which so many percent of the reads of a level were answered. */
    double ms(Level level, double percentile) {
      return us[level.ordinal()].getValueAtPercentile(percentile) / 1000.0;
    }

    /** Milliseconds by which a level is slower than eventual reads at a percentile. */
    double extraMs(Level level, double percentile) {
      return ms(level, percentile) - ms(Level.EVENTUAL, percentile);
    }
  }

  private final HeldReplay gate = new HeldReplay();
  private final boolean quick;
  private final byte[][] writes;
  private final byte[][][] reads = new byte[Level.values().length][][];
  private final Standalone server;

  /**
   * Starts a server and puts the vectors into its graphs.
   *
   * @param data an empty or missing directory
   * @param base what is stored; the first of them are written again while reads are timed
   * @param shards of the collection
   * @param quick whether only to see that it works
   */
  LaggedReads(Path data, float[][] base, float[][] queries, int shards, boolean quick)
      throws IOException {
    this.quick = quick;
    this.writes = new byte[Math.min(REWRITTEN_MAX, base.length) / WRITE_BATCH][];
    for (int i = 0; i < writes.length; i++) {
      writes[i] = write(base, i * WRITE_BATCH, (i + 1) * WRITE_BATCH);
    }
    for (Level level : Level.values()) {
      reads[level.ordinal()] = requests(queries, level);
    }
    server = Standalone.start(StandaloneConfig.builder(data).port(0).gates(node -> gate).build());
    try {
      fill(base, shards);
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static byte[] write(float[][] base, int from, int to) {
    return RestConnection.post(
        COLLECTION + "/vectors", JsonVectors.records(row -> base[row], from, to));
  }

  private static byte[][] requests(float[][] queries, Level level) {
    byte[][] requests = new byte[queries.length][];
    for (int q = 0; q < requests.length; q++) {
      String body = new String(JsonVectors.search(queries[q], EF), StandardCharsets.UTF_8);
      String with = body.substring(0, body.length() - 1) + "," + level.json + "}";
      requests[q] =
          RestConnection.post(COLLECTION + "/search", with.getBytes(StandardCharsets.UTF_8));
    }
    return requests;
  }

  private void fill(float[][] base, int shards) throws IOException {
    try (Calls calls = new Calls(server.port())) {
      calls.put(
          COLLECTION,
          "{\"dimension\":%d,\"metric\":\"l2\",\"shards\":%d}".formatted(base[0].length, shards));
      try (RestConnection connection = new RestConnection(server.port(), 0, new byte[0][])) {
        for (int from = 0; from < base.length; from += FILL_BATCH) {
          int to = Math.min(base.length, from + FILL_BATCH);
          connection.sendUntilTaken(write(base, from, to));
        }
      }
      calls.post(COLLECTION + "/vectors/count", "{}", "strong");
      Await.until(
          () -> ServerPart.unlinked(calls.get(COLLECTION)) == 0, "all vectors to be in the graph");
    }
  }

  /** Reads at each of the levels, one at a time. */
  Latencies measure(Lag lag) throws IOException {
    Histogram[] latenciesUs = new Histogram[Level.values().length];
    AtomicBoolean ended = new AtomicBoolean();
    Thread writer = Thread.ofPlatform().start(() -> writeUntil(ended));
    try {
      for (Level level : Level.values()) {
        latenciesUs[level.ordinal()] = sample(lag, level);
      }
    } finally {
      ended.set(true);
      gate.open();
      join(writer);
    }
    return new Latencies(latenciesUs);
  }

  private Histogram sample(Lag lag, Level level) throws IOException {
    Histogram latencyUs = new Histogram(3);
    byte[][] fresh = reads[Level.STRONG.ordinal()];
    byte[][] asked = reads[level.ordinal()];
    try (RestConnection catchUp = new RestConnection(server.port(), 1, fresh);
        RestConnection connection = new RestConnection(server.port(), 2, asked)) {
      int warmUp = quick ? 2 : WARM_UP;
      for (int i = 0; i < warmUp; i++) {
        connection.ask(i % asked.length);
      }
      for (int i = 0; i < lag.samples(); i++) {
        if (lag.ms() > 0) {
          gate.hold();
          catchUp.ask(i % fresh.length);
          LockSupport.parkNanos(Duration.ofMillis(lag.ms()).toNanos());
        }
        if (level == Level.READ_YOUR_WRITES) {
          connection.sendUntilTaken(writes[i % writes.length]);
          connection.continueSession();
        }
        long begin = System.nanoTime();
        connection.ask(i % asked.length);
        latencyUs.recordValue((System.nanoTime() - begin) / 1000);
      }
    }
    return latencyUs;
  }

  private void writeUntil(AtomicBoolean ended) {
    try (RestConnection connection = new RestConnection(server.port(), 3, new byte[0][])) {
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

  @Override
  public void close() {
    gate.open();
    server.close();
  }
}
