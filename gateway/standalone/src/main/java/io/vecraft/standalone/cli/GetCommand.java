package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows records by their ids. */
@Command(name = "get", description = "Show records by their ids.")
final class GetCommand extends ClientCommand {
  @Parameters(index = "0", paramLabel = "COLLECTION", description = "Where they are.")
  String collection = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "ID", description = "Their ids.")
  List<String> ids = List.of();

  @Mixin ReadOptions read = new ReadOptions();

  @Override
  int run(Api api, Output out) {
    List<JsonNode> found = new ArrayList<>();
    for (String id : ids) {
      String path =
          CollectionCommand.path(collection) + "/vectors/" + Api.encode(id) + read.query();
      found.add(api.send(read.headers(Api.Call.of("GET", path))).body());
    }
    for (JsonNode record : found) {
      if (connection.json) {
        out.json(record);
      } else {
        print(record, out);
      }
    }
    return ExitCodes.OK;
  }

  private static void print(JsonNode record, Output out) {
    JsonNode vector = record.path("vector");
    StringBuilder numbers = new StringBuilder();
    for (int i = 0; i < Math.min(6, vector.size()); i++) {
      numbers.append(i == 0 ? "" : ", ").append((float) vector.get(i).asDouble());
    }
    String rest = vector.size() > 6 ? ", ... (" + vector.size() + " numbers)" : "";
    String version = record.path("version").asText();
    out.line("id        %s", record.path("id").asText());
    out.line("version   %s (%s)", version, Texts.time(version));
    out.line("metadata  %s", record.path("metadata"));
    out.line("vector    %s%s", numbers, rest);
  }
}
