package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.index.vector.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A server in a process of its own: how fast vectors become searchable through REST, and what a
 * search costs through REST and gRPC with the server on one core and the driver on the others.
 */
final class ServerPart {
  private static final int BATCH = 500;
  private static final int WRITERS = 4;

  private final BenchPlan plan;
  private final Path work;
  private final Screen screen;
  private final Report.Table ingested;
  private final ProtocolLoad protocol;

  private ServerPart(BenchPlan plan, Path work, Report report) {
    this.plan = plan;
    this.work = work;
    this.screen = report.screen();
    ingested =
        report.part(
            "ingest",
            "Ingest through REST, batches of %d from %d connections, each acknowledged after fsync"
                .formatted(BATCH, WRITERS));
    protocol = new ProtocolLoad(plan, report);
  }

  static void run(BenchPlan plan, Path work, Report report) throws IOException {
    var part = new ServerPart(plan, work, report);
    for (int dimension : plan.dimensions()) {
      DataSet set = DataSet.generated(plan, dimension);
      List<Quantization> codes =
          plan.has(BenchPlan.Part.PROTOCOL) && !plan.size().quick()
              ? List.of(Quantization.values())
              : List.of(Quantization.NONE);
      for (Quantization quantization : codes) {
        part.measure(set, quantization);
      }
    }
    part.ingested.show();
    part.protocol.show();
  }

  private void measure(DataSet set, Quantization codes) throws IOException {
    screen.working("server: %s, codes %s".formatted(set.name(), LibraryPart.name(codes)));
    Path directory = work.resolve("server-" + set.name() + "-" + LibraryPart.name(codes));
    Files.createDirectories(directory);
    try (ServerProcess server = ServerProcess.start(directory.resolve("data"), false, List.of());
        Calls calls = new Calls(server.port())) {
      String collection = "/v1/collections/bench";
      calls.put(collection, definition(set, codes));
      Ingest ingest = ingest(server, calls, collection, set);
      ingested
          .row()
          .put("set", set.name())
          .put("codes", LibraryPart.name(codes))
          .put("vectors", set.base().length)
          .put("searchable s", ingest.searchableSeconds)
          .put("searchable/s", set.base().length / ingest.searchableSeconds)
          .put("in graph s", ingest.linkedSeconds)
          .put("server cpu s", ingest.cpuSeconds)
          .put("rss MiB", server.residentMib());
      if (plan.has(BenchPlan.Part.PROTOCOL)) {
        protocol.measure(server, set, LibraryPart.name(codes));
      }
    }
    WorkDirectory.delete(directory);
  }

  /** One shard: so that one graph is measured, as in the library. */
  private static String definition(DataSet set, Quantization codes) {
    return """
    {"dimension":%d,"metric":"%s","shards":1,
     "index":{"m":%d,"ef_construction":%d,"quantization":"%s"}}\
    """
        .formatted(
            set.dimension(),
            set.metric().name().toLowerCase(Locale.ROOT),
            IndexRun.M,
            IndexRun.EF_CONSTRUCTION,
            LibraryPart.name(codes));
  }

  /**
   * Times from the first request.
   *
   * @param searchableSeconds until a strong read sees all
   * @param linkedSeconds until all are in the graph, none left to be scanned
   */
  private record Ingest(double searchableSeconds, double linkedSeconds, double cpuSeconds) {}

  private Ingest ingest(ServerProcess server, Calls calls, String collection, DataSet set) {
    double cpu = server.cpu().toNanos() / 1e9;
    long begin = System.nanoTime();
    send(server.port(), collection, set);
    long seen = calls.post(collection + "/vectors/count", "{}", "strong").path("count").asLong();
    double searchable = (System.nanoTime() - begin) / 1e9;
    if (seen != set.base().length) {
      throw new IllegalStateException(seen + " of " + set.base().length + " vectors are there");
    }
    Await.until(() -> unlinked(calls.get(collection)) == 0, "all vectors to be in the graph");
    double linked = (System.nanoTime() - begin) / 1e9;
    return new Ingest(searchable, linked, server.cpu().toNanos() / 1e9 - cpu);
  }

  private static void send(int port, String collection, DataSet set) {
    int batches = (set.base().length + BATCH - 1) / BATCH;
    AtomicInteger next = new AtomicInteger();
    try (var writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> running =
          IntStream.range(0, WRITERS)
              .<Future<?>>mapToObj(w ->
                  writers.submit(() -> {
                    write(port, collection + "/vectors", set, next, batches);
                    return w;
                  }))
              .toList();
      for (Future<?> writer : running) {
        writer.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a write of the measurement failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while writing", e);
    }
  }

  private static void write(int port, String path, DataSet set, AtomicInteger next, int batches)
      throws IOException {
    try (RestConnection connection = new RestConnection(port, 0, new byte[0][])) {
      for (int batch = next.getAndIncrement(); batch < batches; batch = next.getAndIncrement()) {
        int from = batch * BATCH;
        int to = Math.min(from + BATCH, set.base().length);
        byte[] body = JsonVectors.records(i -> set.base()[i], from, to);
        connection.sendUntilTaken(RestConnection.post(path, body));
      }
    }
  }

  static long unlinked(JsonNode description) {
    long unlinked = 0;
    for (JsonNode shard : description.findValues("not_indexed_vectors")) {
      unlinked += shard.asLong();
    }
    return unlinked;
  }
}
