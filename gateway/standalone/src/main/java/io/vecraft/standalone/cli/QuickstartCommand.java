package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Shows in a few seconds what Vecraft is for, on real text: this repository. Every step prints what
 * it does and what came of it.
 */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    description = "Start a server, index this repository, and show what Vecraft can do.")
final class QuickstartCommand implements Callable<Integer> {
  private static final String PIECES = "pieces";
  private static final String NOTES = "notes";
  private static final String QUESTION = "how does a strong read find its stamp";
  private static final int BATCH = 200;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--keep", description = "Leave the server running afterwards.")
  boolean keep;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the server keeps its data. Default: .vecraft/quickstart.")
  Optional<Path> data = Optional.empty();

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description =
          "Use a server or a cluster that runs already, with VECRAFT_API_KEY where keys are"
              + " required, instead of starting one.")
  Optional<URI> endpoint = Optional.empty();

  private Output out = new Output(new PrintWriter(System.out, true, StandardCharsets.UTF_8));

  @Override
  public Integer call() throws IOException {
    out = new Output(spec.commandLine().getOut());
    Path home = Path.of(System.getProperty("vecraft.home", ".")).toAbsolutePath().normalize();
    Path directory = data.orElse(home.resolve(".vecraft/quickstart")).toAbsolutePath().normalize();
    long began = System.nanoTime();
    if (endpoint.isPresent()) {
      run(endpoint.get(), home);
      out.line("Done in %.1f s.", (System.nanoTime() - began) / 1e9);
      return ExitCodes.OK;
    }
    step("Start a server with durable data in " + directory);
    ServerProcess server = ServerProcess.findOrStart(home.resolve("vecraft"), directory);
    boolean stop = !keep && !server.found();
    Thread hook = new Thread(() -> stopQuietly(server), "stop-server");
    if (stop) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
    out.line(
        "%s at %s (process %d)",
        server.found() ? "Still running" : "Started", server.endpoint(), server.pid());
    run(server.endpoint(), home);
    end(server, stop, hook);
    out.line("Done in %.1f s.", (System.nanoTime() - began) / 1e9);
    return ExitCodes.OK;
  }

  private void run(URI server, Path home) throws IOException {
    Optional<String> key = Optional.ofNullable(System.getenv("VECRAFT_API_KEY"));
    try (Api api = new Api(server, key, Duration.ofSeconds(30), Duration.ofSeconds(20))) {
      index(api, home);
      show(api);
    }
  }

  private void end(ServerProcess server, boolean stop, Thread hook) throws IOException {
    if (stop) {
      server.stop();
      Runtime.getRuntime().removeShutdownHook(hook);
      out.line("");
      out.line("The server is stopped; its data stays. Run it again with --keep to try yourself.");
      return;
    }
    String at = server.endpoint().getPort() == 8750 ? "" : " --endpoint " + server.endpoint();
    step("The server keeps running; try");
    out.line("  ./vecraft search %s \"your own question\"%s", PIECES, at);
    out.line("  ./vecraft status%s", at);
    out.line("  ./vecraft journal%s", at);
    out.line("  curl %s/v1/collections", server.endpoint());
    out.line("Stop it with: kill %d", server.pid());
  }

  private void index(Api api, Path home) throws IOException {
    List<RepositoryTexts.Piece> pieces = RepositoryTexts.read(home);
    step("Index this repository: " + pieces.size() + " pieces of documents and sources");
    create(api, PIECES);
    create(api, NOTES);
    long began = System.nanoTime();
    String run = UUID.randomUUID().toString();
    try (Progress progress = Progress.onStandardError("pieces", OptionalLong.of(pieces.size()));
        BatchWriter writer =
            new BatchWriter(api, PIECES, 2, batch -> progress.add(batch.records()))) {
      for (int from = 0; from < pieces.size(); from += BATCH) {
        List<RepositoryTexts.Piece> part =
            pieces.subList(from, Math.min(from + BATCH, pieces.size()));
        writer.send(
            new BatchWriter.Batch(
                run + "-" + from, body(part), part.size(), (long) from + part.size()));
      }
      writer.finish();
    }
    // A strong count waits until everything acknowledged so far is visible.
    JsonNode count =
        api.send(
                Api.Call.of("POST", CollectionCommand.path(PIECES) + "/vectors/count")
                    .body(Api.object())
                    .header("X-Consistency-Level", "strong"))
            .body();
    out.line(
        "%d pieces are searchable after %.1f s.",
        count.path("count").asLong(), (System.nanoTime() - began) / 1e9);
  }

  private static void create(Api api, String name) {
    ObjectNode definition = Api.object();
    definition.putObject("embedding").put("provider", "hashing");
    definition
        .putObject("schema")
        .put("path", "keyword")
        .put("kind", "keyword")
        .put("reviewed_by", "keyword");
    api.send(Api.Call.of("PUT", CollectionCommand.path(name)).body(definition));
  }

  private static byte[] body(List<RepositoryTexts.Piece> pieces) throws IOException {
    ObjectNode body = Api.object();
    ArrayNode vectors = body.putArray("vectors");
    for (RepositoryTexts.Piece piece : pieces) {
      ObjectNode record = vectors.addObject().put("id", piece.id()).put("text", piece.text());
      record
          .putObject("metadata")
          .put("path", piece.path())
          .put("kind", piece.kind())
          .put("line", piece.line())
          .put("text", piece.text());
    }
    return Api.JSON.writeValueAsBytes(body);
  }

  private void show(Api api) {
    step("Search at each level: \"" + QUESTION + "\"");
    JsonNode best = levels(api);
    String id = best.path("id").asText();
    String before = best.path("as_of").asText();

    step("Write to two collections at once: mark the best piece as reviewed, and note why");
    String reviewer = "quickstart-" + Instant.now().toEpochMilli();
    JsonNode written = review(api, id, reviewer);
    String stamp = written.path("hlc").asText();
    out.line(
        "%s at stamp %s (%s), by request %s",
        written.path("outcome").asText(),
        stamp,
        Texts.time(stamp),
        written.path("request_id").asText());

    step("The history of " + id);
    HistoryCommand.print(HistoryCommand.fetch(api, PIECES, id, 3), out);

    step("The same search, only what " + reviewer + " reviewed: now, and as of before that");
    out.line("now:            %s", ids(reviewed(api, reviewer, Optional.empty())));
    out.line("as of before:   %s", ids(reviewed(api, reviewer, Optional.of(before))));
  }

  /** Searches at each level; the nearest hit of the last one, with the moment it was read at. */
  private JsonNode levels(Api api) {
    List<List<String>> rows = new ArrayList<>();
    ObjectNode best = Api.object();
    for (ReadOptions.Level level : ReadOptions.Level.values()) {
      ObjectNode body = Api.object().put("text", QUESTION).put("k", 3);
      body.put("consistency_level", level.wireName());
      if (level == ReadOptions.Level.BOUNDED) {
        body.put("max_staleness_ms", 500);
      }
      JsonNode answer = api.post(CollectionCommand.path(PIECES) + "/search", body);
      JsonNode info = answer.path("consistency_info");
      JsonNode first = answer.path("results").path(0);
      rows.add(
          List.of(
              level.wireName(),
              info.path("staleness_ms").asText() + " ms",
              info.path("sync_performed").asBoolean() ? "yes" : "no",
              String.format(
                  Locale.ROOT,
                  "%.1f ms",
                  answer.path("search_info").path("took_us").asLong() / 1e3),
              String.format(Locale.ROOT, "%.3f", first.path("score").asDouble()),
              first.path("id").asText()));
      best.put("id", first.path("id").asText());
      best.put("as_of", info.path("as_of").asText());
    }
    out.table(List.of("LEVEL", "STALENESS", "SYNCED", "TOOK", "SCORE", "NEAREST"), rows);
    return best;
  }

  private static JsonNode review(Api api, String id, String reviewer) {
    ObjectNode body = Api.object();
    ArrayNode operations = body.putArray("operations");
    ObjectNode patch = operations.addObject().put("collection", PIECES).putObject("patch");
    patch.put("id", id).putObject("metadata").put("reviewed_by", reviewer);
    ObjectNode note = operations.addObject().put("collection", NOTES).putObject("upsert");
    note.put("id", reviewer).put("text", "The best answer to: " + QUESTION);
    note.putObject("metadata").put("piece", id).put("reviewed_by", reviewer);
    return api.post("/v1/transactions", body);
  }

  private static JsonNode reviewed(Api api, String reviewer, Optional<String> asOf) {
    ObjectNode body = Api.object().put("text", QUESTION).put("k", 3);
    body.putObject("filters").put("reviewed_by", reviewer);
    asOf.ifPresentOrElse(
        stamp -> body.put("as_of", stamp), () -> body.put("consistency_level", "strong"));
    return api.post(CollectionCommand.path(PIECES) + "/search", body).path("results");
  }

  private static String ids(JsonNode results) {
    List<String> ids = new ArrayList<>();
    results.forEach(hit -> ids.add(hit.path("id").asText()));
    return ids.isEmpty() ? "(nothing)" : String.join(", ", ids);
  }

  private void step(String title) {
    out.line("");
    out.line("== " + title);
  }

  private static void stopQuietly(ServerProcess server) {
    try {
      server.stop();
    } catch (IOException e) {
      System.err.println(e.getMessage());
    }
  }
}
