package io.vecraft.standalone.cli;

import com.sun.net.httpserver.HttpServer;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
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
    try (Standalone server = Standalone.start(StandaloneConfig.builder(directory).port(0).build());
        Api api =
            new Api(
                URI.create("http://127.0.0.1:" + server.port()),
                Optional.empty(),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10))) {
      use(api);
    } finally {
      delete(directory);
    }
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
      var body = Api.object().put("k", 5).put("consistency_level", level);
      if (level.equals("bounded")) {
        body.put("max_staleness_ms", 500);
      }
      var vector = body.putArray("vector");
      for (int d = 0; d < 8; d++) {
        vector.add(d + 1);
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
