package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.index.vector.Metric;
import io.vecraft.net.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A large import through {@code vecraft import}: how fast it is, how soon a restarted server
 * answers, how much memory it needs, and that an import during which the server was killed loses
 * nothing and can be repeated.
 */
public final class Million {
  private static final String COLLECTION = "/v1/collections/million";
  private static final int QUERIES = 200;
  private static final int EF = 100;
  private static final int STARTS = 3;
  private static final int GET_BATCH = 1_000;
  private static final long MIB = 1 << 20;

  private final Plan plan;
  private final Path work;
  private final Report report;
  private final int port;

  /**
   * What to do.
   *
   * @param vectors to import, 10,000 or more
   * @param dimension of each, 2 or more
   * @param seed of the vectors and of the moment of the kill
   */
  public record Plan(int vectors, int dimension, long seed) {}

  private Million(Plan plan, Path work, Report report) {
    this.plan = plan;
    this.work = work;
    this.report = report;
    this.port = FreePorts.next();
  }

  /**
   * Runs it.
   *
   * @param work directory on the disk to use; what is written there is deleted again
   * @return the machine and all that was shown
   * @throws IllegalStateException when something that was acknowledged is missing
   */
  public static ObjectNode run(Plan plan, Path work, Screen screen) throws IOException {
    Report report = new Report(screen);
    report.root().set("machine", Report.JSON.valueToTree(Machine.describe()));
    report.root().put("seed", plan.seed);
    screen.line("Machine: " + report.root().get("machine"));
    screen.line("Seed: " + plan.seed);
    Files.createDirectories(work);
    Path scratch = Files.createTempDirectory(work, "million-").toAbsolutePath();
    try {
      new Million(plan, scratch, report).run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      WorkDirectory.delete(scratch);
    }
    report.root().set("load_average_at_end", Report.JSON.valueToTree(Machine.loadAverage()));
    return report.root();
  }

  private void run() throws IOException, InterruptedException {
    report.screen().working("making %,d vectors".formatted(plan.vectors));
    Mixture mixture = Mixture.of(plan.dimension, plan.vectors, QUERIES, plan.seed);
    Path file = work.resolve("vectors.npy");
    NpyFile.write(file, mixture.base());
    DataSet set = DataSet.of("million", Metric.L2, mixture.base(), mixture.queries());

    Report.Table starts =
        report.part("starts", "From the start of the process to the first answer");
    double empty = starts("empty", work.resolve("empty"), starts, false);
    Path data = work.resolve("clean/data");
    Files.createDirectories(data);
    importAll(file, data, set);
    double after = starts("after an orderly end", data, starts, true);
    double killed = startsAfterKill(data, starts);
    starts.show();
    report
        .screen()
        .line(
            "A restart answers %.2f s later than an empty server, %.2f s after kill -9; wanted: 1 s"
                .formatted(after - empty, killed - empty));
    WorkDirectory.delete(data);
    killAndRepeat(file);
  }

  private ServerProcess start(Path data) throws IOException {
    return ServerProcess.start(data, false, List.of("--port", Integer.toString(port)));
  }

  private double starts(String what, Path data, Report.Table table, boolean full)
      throws IOException {
    Files.createDirectories(data);
    double[] seconds = new double[STARTS];
    for (int i = 0; i < STARTS; i++) {
      long begin = System.nanoTime();
      try (ServerProcess server = start(data);
          Calls calls = new Calls(server.port())) {
        firstAnswer(calls, full);
        seconds[i] = (System.nanoTime() - begin) / 1e9;
      }
    }
    return row(table, what, seconds);
  }

  private double startsAfterKill(Path data, Report.Table table)
      throws IOException, InterruptedException {
    double[] seconds = new double[STARTS];
    for (int i = 0; i < STARTS; i++) {
      long begin = System.nanoTime();
      try (ServerProcess server = start(data);
          Calls calls = new Calls(server.port())) {
        firstAnswer(calls, true);
        seconds[i] = (System.nanoTime() - begin) / 1e9;
        server.kill();
      }
    }
    return row(table, "after kill -9", seconds);
  }

  private static double row(Report.Table table, String what, double[] seconds) {
    Arrays.sort(seconds);
    double median = seconds[seconds.length / 2];
    table
        .row()
        .put("server", what)
        .put("median s", median)
        .put("least s", seconds[0])
        .put("most s", seconds[seconds.length - 1]);
    return median;
  }

  /** A search; of a full server it must find ten. */
  private void firstAnswer(Calls calls, boolean full) {
    String vector = Arrays.toString(new float[plan.dimension]).replaceFirst("0.0", "1.0");
    String body = "{\"vector\":" + vector + ",\"k\":10,\"include\":[]}";
    String path = full ? COLLECTION + "/search" : "/v1/vectors/search";
    int found = calls.post(path, body, "eventual").path("results").size();
    if (full && found != DataSet.K) {
      throw new IllegalStateException("the first answer has %d results".formatted(found));
    }
  }

  private void importAll(Path file, Path data, DataSet set)
      throws IOException, InterruptedException {
    Report.Table table = report.part("import", "Import through vecraft import");
    try (ServerProcess server = start(data);
        Calls calls = new Calls(server.port())) {
      define(calls);
      long begin = System.nanoTime();
      int code = importer(file, "state-clean").waitFor();
      double searchable = (System.nanoTime() - begin) / 1e9;
      if (code != 0 || count(calls) != plan.vectors) {
        throw new IllegalStateException(
            "import ended with %d and %d vectors".formatted(code, count(calls)));
      }
      Await.until(() -> ServerPart.unlinked(calls.get(COLLECTION)) == 0, "the graph");
      double linked = (System.nanoTime() - begin) / 1e9;
      table
          .row()
          .put("vectors", plan.vectors)
          .put("dimension", plan.dimension)
          .put("searchable s", searchable)
          .put("searchable/s", plan.vectors / searchable)
          .put("in graph s", linked)
          .put("server cpu s", server.cpu().toNanos() / 1e9)
          .put("recall@10, ef " + EF, recall(set));
      table.show();
      memory(server, calls);
    }
  }

  private void memory(ServerProcess server, Calls calls) {
    JsonNode description = calls.get(COLLECTION);
    long offHeap = 0;
    int shards = 0;
    for (JsonNode shard : description.path("shard_states")) {
      for (JsonNode replica : shard.path("replicas")) {
        offHeap += replica.path("off_heap_bytes").asLong();
        shards++;
      }
    }
    // Ids are row numbers, metadata is {}.
    int payload = Integer.toString(plan.vectors).length() + 2;
    var bound = new MemoryBound(heapMib(), plan.vectors, plan.dimension, IndexRun.M, payload);
    Report.Table table =
        report.part(
            "memory", "Memory after the import, MiB: as the formula bounds it, and as measured");
    table
        .row()
        .put("bytes a record", bound.recordBytes())
        .put("shards", shards)
        .put("outside the heap at most", bound.offHeapMib(shards))
        .put("reserved outside the heap", offHeap / MIB)
        .put("process at most", bound.totalMib(shards))
        .put("resident", server.residentMib());
    table.show();
  }

  private static long heapMib() {
    String heap = ServerProcess.HEAP.toLowerCase(java.util.Locale.ROOT);
    long number = Long.parseLong(heap.replaceAll("\\D", ""));
    return heap.endsWith("g") ? number << 10 : heap.endsWith("m") ? number : number >> 20;
  }

  private double recall(DataSet set) {
    byte[][] requests =
        Arrays.stream(set.queries())
            .map(q -> RestConnection.post(COLLECTION + "/search", JsonVectors.search(q, EF)))
            .toArray(byte[][]::new);
    long right = 0;
    try (RestConnection connection = new RestConnection(port, 0, requests)) {
      for (int q = 0; q < requests.length; q++) {
        connection.ask(q);
        JsonNode results = Report.JSON.readTree(connection.lastBody()).path("results");
        int[] found = new int[results.size()];
        for (int i = 0; i < found.length; i++) {
          found[i] = Integer.parseInt(results.get(i).path("id").asText());
        }
        right += set.right(q, found, found.length);
      }
    } catch (IOException e) {
      throw new IllegalStateException("a search failed", e);
    }
    return (double) right / (requests.length * DataSet.K);
  }

  private void define(Calls calls) {
    calls.put(
        COLLECTION,
        "{\"dimension\":%d,\"metric\":\"l2\",\"index\":{\"m\":%d,\"ef_construction\":%d}}"
            .formatted(plan.dimension, IndexRun.M, IndexRun.EF_CONSTRUCTION));
  }

  /** The importer as a process, its progress on this one's standard error. */
  private Process importer(Path file, String state) throws IOException {
    List<String> command = new ArrayList<>(ServerProcess.program("512m"));
    command.addAll(List.of("import", file.toString(), "--collection", "million"));
    command.addAll(List.of("--endpoint", "http://127.0.0.1:" + port));
    var builder = new ProcessBuilder(command);
    builder.environment().put("XDG_STATE_HOME", work.resolve(state).toString());
    return builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private long count(Calls calls) {
    return calls.post(COLLECTION + "/vectors/count", "{}", "strong").path("count").asLong();
  }

  /** Kills server and importer in the midst, looks for what was acknowledged, imports again. */
  private void killAndRepeat(Path file) throws IOException, InterruptedException {
    Path data = work.resolve("killed/data");
    Files.createDirectories(data);
    double part = 0.1 + 0.6 * new SplittableRandom(plan.seed).nextDouble();
    long wanted = (long) (plan.vectors * part);
    report.screen().working("importing, kill -9 after about %,d".formatted(wanted));
    try (ServerProcess server = start(data);
        Calls calls = new Calls(server.port())) {
      define(calls);
      Process importer = importer(file, "state-killed");
      try {
        while (acknowledged("state-killed") < wanted && importer.isAlive()) {
          LockSupport.parkNanos(5_000_000);
        }
        server.kill();
      } finally {
        importer.destroyForcibly().waitFor();
      }
    }
    long acknowledged = acknowledged("state-killed");
    try (ServerProcess server = start(data);
        Calls calls = new Calls(server.port())) {
      long before = count(calls);
      long missing = missing(calls, acknowledged);
      int code = importer(file, "state-killed").waitFor();
      long after = count(calls);
      Report.Table table = report.part("kill", "kill -9 of server and importer in the midst");
      table
          .row()
          .put("acknowledged", acknowledged)
          .put("there after restart", before)
          .put("acknowledged and missing", missing)
          .put("there after importing again", after)
          .put("wanted", plan.vectors);
      table.show();
      if (missing > 0 || code != 0 || after != plan.vectors) {
        throw new IllegalStateException(
            "lost: %d acknowledged are missing, %d of %d after the second import, which ended with %d"
                .formatted(missing, after, plan.vectors, code));
      }
    }
  }

  /** How many of the first records are not there. */
  private static long missing(Calls calls, long acknowledged) {
    long missing = 0;
    for (long from = 0; from < acknowledged; from += GET_BATCH) {
      var ids = new StringBuilder("{\"include\":[],\"ids\":[");
      for (long id = from; id < Math.min(from + GET_BATCH, acknowledged); id++) {
        ids.append(id == from ? "" : ",").append('"').append(id).append('"');
      }
      missing +=
          calls
              .post(COLLECTION + "/vectors/get", ids.append("]}").toString(), "strong")
              .path("missing")
              .size();
    }
    return missing;
  }

  /** What the importer has noted down as acknowledged. */
  private long acknowledged(String state) throws IOException {
    Path directory = work.resolve(state).resolve("vecraft/imports");
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".json")).toList();
      return found.isEmpty()
          ? 0
          : Report.JSON
              .readTree(Files.readAllBytes(found.getFirst()))
              .path("acknowledged")
              .asLong();
    }
  }
}
