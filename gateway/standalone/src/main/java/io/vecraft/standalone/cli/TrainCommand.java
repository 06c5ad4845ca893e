package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import io.vecraft.storage.node.StorageNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Starts a server on throw-away data, uses it for a moment and ends. The launcher runs it once
 * after a build so that the JVM can keep what it loaded and linked for faster starts.
 */
@Command(name = "train", hidden = true)
final class TrainCommand implements Callable<Integer> {
  private static final String FULL = CollectionCommand.path("train-restart");
  private static final int RESTART_DIMENSION = 32;
  private static final int RESTART_VECTORS = 3_000;
  private static final int RESTART_SEARCHES = 50;

  @Option(names = "--client", description = "Be a client of a server that answers nothing.")
  boolean client;

  @Override
  public Integer call() throws IOException {
    if (client) {
      useAsClient();
    } else {
      useAsServer();
    }
    return ExitCodes.OK;
  }

  private static void useAsClient() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "{\"results\":[],\"collections\":[]}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      String endpoint = "--endpoint=http://127.0.0.1:" + server.getAddress().getPort();
      Vecraft.run("status", endpoint);
      Vecraft.run("search", "train", "text", endpoint, "--json");
    } finally {
      server.stop(0);
    }
  }

  private static void useAsServer() throws IOException {
    Path directory = Files.createTempDirectory("vecraft-train");
    StandaloneConfig config = StandaloneConfig.builder(directory).port(0).build();
    try {
      try (Standalone server = Standalone.start(config);
          Api api = api(server)) {
        use(api);
        fill(api);
        server.nodes().forEach(StorageNode::checkpoint);
      }
      // What a restart with data takes: mapped checkpoints, a first walk through their graph.
      try (Standalone server = Standalone.start(config);
          Api api = api(server)) {
        for (int i = 0; i < RESTART_SEARCHES; i++) {
          api.post(FULL + "/search", search(RESTART_DIMENSION).put("k", 10));
        }
      }
    } finally {
      delete(directory);
    }
  }

  private static Api api(Standalone server) {
    return new Api(
        URI.create("http://127.0.0.1:" + server.port()),
        Optional.empty(),
        Duration.ofSeconds(30),
        Duration.ofSeconds(10));
  }

  /** A collection that is searched through its graph. */
  private static void fill(Api api) throws IOException {
    String definition = "{\"dimension\":%d,\"metric\":\"l2\"}".formatted(RESTART_DIMENSION);
    api.send(Api.Call.of("PUT", FULL).body((ObjectNode) Api.JSON.readTree(definition)));
    Random random = new Random(1);
    for (int from = 0; from < RESTART_VECTORS; from += 500) {
      ObjectNode body = Api.object();
      ArrayNode vectors = body.putArray("vectors");
      for (int i = from; i < from + 500; i++) {
        ArrayNode vector = vectors.addObject().put("id", "" + i).putArray("vector");
        for (int d = 0; d < RESTART_DIMENSION; d++) {
          vector.add((float) random.nextGaussian());
        }
      }
      api.post(FULL + "/vectors", body);
    }
    api.post(FULL + "/search", search(RESTART_DIMENSION).put("consistency_level", "strong"));
  }

  private static ObjectNode search(int dimension) {
    ObjectNode body = Api.object();
    ArrayNode vector = body.putArray("vector");
    for (int d = 0; d < dimension; d++) {
      vector.add(d + 1);
    }
    return body;
  }

  private static void use(Api api) {
    String path = CollectionCommand.path("train");
    api.send(Api.Call.of("PUT", path).body(CollectionCommand.embedding("{\"dimension\":8}")));
    for (int i = 0; i < 20; i++) {
      var body = Api.object();
      var vectors = body.putArray("vectors");
      for (int j = 0; j < 10; j++) {
        var record = vectors.addObject().put("id", i + "-" + j);
        var vector = record.putArray("vector");
        for (int d = 0; d < 8; d++) {
          vector.add((float) Math.sin(i * 31 + j * 7 + d));
        }
        record.putObject("metadata").put("n", j);
      }
      api.post(path + "/vectors", body);
    }
    for (String level : List.of("eventual", "bounded", "read_your_writes", "strong")) {
      ObjectNode body = search(8).put("k", 5).put("consistency_level", level);
      if (level.equals("bounded")) {
        body.put("max_staleness_ms", 500);
      }
      body.putObject("filters").put("n", 3);
      api.post(path + "/search", body);
    }
    for (String get : List.of("/v1/collections", "/v1/cluster", "/v1/journal", "/metrics")) {
      api.get(get);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
