package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.standalone.imports.ImportFormat;
import io.vecraft.standalone.imports.ImportOptions;
import io.vecraft.standalone.imports.ImportRecord;
import io.vecraft.standalone.imports.RecordSource;
import io.vecraft.standalone.imports.RecordSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Writes the records of a file into a collection.
 *
 * <p>A run that was interrupted goes on where it stopped when the same command is given again; what
 * had been sent but not acknowledged is sent with the same request ids, so that it is written once.
 * A run after a finished one writes every record anew, which leaves the collection as it was.
 */
@Command(
    name = "import",
    sortOptions = false,
    description =
        "Write the records of a file (npy, fvecs, jsonl, csv) into a collection. Give the same"
            + " command again to go on after an interruption.")
final class ImportCommand extends ClientCommand {
  @Parameters(paramLabel = "FILE", description = "What to import.")
  Path file = Path.of("");

  @Option(
      names = "--collection",
      paramLabel = "NAME",
      description = "Where to. Made when it is not there. Default: named like the file.")
  Optional<String> collection = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}. Default: by the file's name.")
  Optional<ImportFormat> format = Optional.empty();

  @Option(
      names = "--id-field",
      defaultValue = "id",
      paramLabel = "FIELD",
      description = "Field or column of the id; without one, ids are row numbers. Default: id.")
  String idField = "id";

  @Option(
      names = "--vector-field",
      defaultValue = "vector",
      paramLabel = "FIELD",
      description = "Field or column of the vector. Default: vector.")
  String vectorField = "vector";

  @Option(
      names = "--text-field",
      defaultValue = "text",
      paramLabel = "FIELD",
      description = "Field or column of a text to make the vector of. Default: text.")
  String textField = "text";

  @Option(
      names = "--id-prefix",
      defaultValue = "",
      paramLabel = "TEXT",
      description = "Put before row numbers that become ids.")
  String idPrefix = "";

  @Option(
      names = "--dimension",
      paramLabel = "N",
      description = "For a new collection. Default: of the first record.")
  Optional<Integer> dimension = Optional.empty();

  @Option(
      names = "--metric",
      paramLabel = "METRIC",
      description = "For a new collection: cosine (default), dot or l2.")
  Optional<String> metric = Optional.empty();

  @Option(names = "--shards", paramLabel = "N", description = "For a new collection.")
  Optional<Integer> shards = Optional.empty();

  @Option(
      names = "--schema",
      paramLabel = "FIELD=TYPE",
      split = ",",
      description = "For a new collection: metadata fields to index, as in collection create.")
  Map<String, String> schema = new LinkedHashMap<>();

  @Option(
      names = "--embedding",
      paramLabel = "PROVIDER",
      defaultValue = "hashing",
      description = "For a new collection of texts. Default: ${DEFAULT-VALUE}.")
  String embedding = "hashing";

  @Option(
      names = "--batch",
      defaultValue = "500",
      paramLabel = "N",
      description = "Records of one request. Default: ${DEFAULT-VALUE}.")
  int batch = 500;

  @Option(
      names = "--concurrency",
      defaultValue = "4",
      paramLabel = "N",
      description = "Requests at the same time. Default: ${DEFAULT-VALUE}.")
  int concurrency = 4;

  @Option(
      names = "--limit",
      defaultValue = "9223372036854775807",
      hideParamSyntax = true,
      paramLabel = "N",
      description = "Only the first N records.")
  long limit = Long.MAX_VALUE;

  @Option(names = "--restart", description = "Start over instead of going on after a stop.")
  boolean restart;

  @Option(
      names = "--patience",
      defaultValue = "120",
      paramLabel = "SECONDS",
      description =
          "How long to try again while the server is away or busy. Default: ${DEFAULT-VALUE}.")
  int patienceSeconds = 120;

  @Override
  Api open() {
    return connection.open(Duration.ofSeconds(patienceSeconds));
  }

  @Override
  int run(Api api, Output out) throws Exception {
    if (!Files.isRegularFile(file)) {
      throw new UsageException("no such file: " + file);
    }
    if (batch < 1 || concurrency < 1 || limit < 1) {
      throw new UsageException("--batch, --concurrency and --limit must be at least 1");
    }
    String name = collection.orElseGet(() -> nameOf(file));
    JsonNode description = describeOrCreate(api, name);
    ImportState state =
        ImportState.open(
            ImportState.directory(),
            api.endpoint() + " " + name + " " + description.path("id").asText(),
            file,
            batch,
            options().toString(),
            restart);
    if (state.acknowledged() > 0) {
      commandLine()
          .getErr()
          .printf("Going on after %,d records of an earlier run.%n", state.acknowledged());
    }
    long began = System.nanoTime();
    long records;
    try (RecordSource source = source()) {
      records = new ImportRun(api, name, batch, concurrency, limit).run(source, state);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    long visible = count(api, name);
    state.finish();
    report(out, name, records, seconds, visible);
    return ExitCodes.OK;
  }

  private void report(Output out, String name, long records, double seconds, long visible) {
    if (connection.json) {
      ObjectNode result = Api.object();
      result.put("collection", name).put("imported", records).put("seconds", seconds);
      result.put("records_in_collection", visible);
      out.json(result);
      return;
    }
    out.line(
        "Imported %,d records into %s in %.1f s (%,.0f/s); it holds %,d, all searchable.",
        records, name, seconds, records / Math.max(1e-9, seconds), visible);
    try (RecordSource source = source()) {
      if (source.hasNext()) {
        ImportRecord first = source.next();
        String query =
            first.vector().isPresent() ? "--like " + quoted(first.id()) : "\"what you look for\"";
        out.line("Search it: vecraft search %s %s", name, query);
      }
    }
  }

  private static String quoted(String id) {
    return id.matches("[A-Za-z0-9._:/-]+") ? id : "'" + id.replace("'", "'\\''") + "'";
  }

  /** A strong count: returns once all that was acknowledged is visible to searches. */
  private static long count(Api api, String name) {
    return api.send(
            Api.Call.of("POST", CollectionCommand.path(name) + "/vectors/count")
                .body(Api.object())
                .header("X-Consistency-Level", "strong"))
        .body()
        .path("count")
        .asLong();
  }

  private RecordSource source() {
    return RecordSources.open(file, format.orElseGet(() -> ImportFormat.of(file)), options());
  }

  private ImportOptions options() {
    return new ImportOptions(
        idField,
        vectorField,
        textField.isEmpty() ? Optional.empty() : Optional.of(textField),
        idPrefix);
  }

  private JsonNode describeOrCreate(Api api, String name) {
    try {
      return api.get(CollectionCommand.path(name));
    } catch (ApiException e) {
      if (e.status() != 404) {
        throw e;
      }
    }
    ObjectNode definition = Api.object();
    try (RecordSource source = source()) {
      if (!source.hasNext()) {
        throw new UsageException(file + " holds no records");
      }
      ImportRecord first = source.next();
      if (first.vector().isPresent()) {
        definition.put("dimension", dimension.orElse(first.vector().get().length));
      } else {
        definition.set("embedding", CollectionCommand.embedding(embedding));
        dimension.ifPresent(n -> definition.put("dimension", n));
      }
    }
    metric.ifPresent(m -> definition.put("metric", m));
    shards.ifPresent(n -> definition.put("shards", n));
    if (!schema.isEmpty()) {
      ObjectNode fields = definition.putObject("schema");
      schema.forEach(fields::put);
    }
    api.send(Api.Call.of("PUT", CollectionCommand.path(name)).body(definition));
    commandLine().getErr().printf("Made collection %s: %s%n", name, definition);
    return api.get(CollectionCommand.path(name));
  }

  /** The file's name without its ending, as a collection may be called. */
  static String nameOf(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    int dot = name.indexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    String legal = stem.replaceAll("[^a-z0-9_-]+", "-").replaceAll("^[^a-z0-9]+", "");
    return legal.isEmpty() ? "imported" : legal.substring(0, Math.min(63, legal.length()));
  }
}
