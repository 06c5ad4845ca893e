package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes every record of one instant to a file that can be imported again. */
@Command(
    name = "export",
    description = "Write the records of a collection, all of one instant, as JSON lines.")
final class ExportCommand extends ClientCommand {
  @Parameters(index = "0", paramLabel = "COLLECTION", description = "What to export.")
  String collection = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "Where to; it appears when it is whole. Default: standard output.")
  Optional<Path> file = Optional.empty();

  @Option(names = "--filter", paramLabel = "FILTER", description = "Only what matches.")
  Optional<String> filter = Optional.empty();

  @Option(names = "--no-vectors", description = "Leave the vectors out.")
  boolean noVectors;

  @Option(
      names = "--page",
      defaultValue = "1000",
      paramLabel = "N",
      description = "Records of one call. Default: ${DEFAULT-VALUE}.")
  int page = 1000;

  @Mixin ReadOptions read = new ReadOptions();

  @Override
  Api open() {
    return connection.open(Duration.ofMinutes(1));
  }

  @Override
  int run(Api api, Output out) throws IOException {
    long count;
    if (file.isPresent()) {
      // Written beside its place and moved there: what carries the name is never half an export.
      Path target = file.get().toAbsolutePath();
      Path part = target.resolveSibling(target.getFileName() + ".part");
      try (Writer writer = Files.newBufferedWriter(part)) {
        count = copy(api, writer);
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Writer writer =
          new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
      count = copy(api, writer);
      writer.flush();
    }
    commandLine().getErr().printf("Exported %d records of %s.%n", count, collection);
    return ExitCodes.OK;
  }

  private long copy(Api api, Writer writer) throws IOException {
    String path = CollectionCommand.path(collection) + "/vectors/";
    ObjectNode body = Api.object();
    filter.ifPresent(f -> body.set("filters", SearchCommand.filter(f)));
    read.body(body);
    OptionalLong total =
        OptionalLong.of(
            api.send(read.headers(Api.Call.of("POST", path + "count").body(body)))
                .body()
                .path("count")
                .asLong());
    body.put("limit", page);
    body.putArray("include").add("metadata");
    if (!noVectors) {
      body.withArray("include").add("vector");
    }
    long count = 0;
    try (Progress progress = Progress.onStandardError("records", total)) {
      while (true) {
        JsonNode answer =
            api.send(read.headers(Api.Call.of("POST", path + "scroll").body(body))).body();
        for (JsonNode record : answer.path("vectors")) {
          writer.write(record.toString());
          writer.write('\n');
          count++;
        }
        progress.add(answer.path("vectors").size());
        if (!answer.hasNonNull("cursor")) {
          return count;
        }
        body.set("cursor", answer.path("cursor"));
      }
    }
  }
}
