package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows every version of a record. */
@Command(name = "history", description = "Show who wrote a record, when, and by which request.")
final class HistoryCommand extends ClientCommand {
  @Parameters(index = "0", paramLabel = "COLLECTION", description = "Where it is.")
  String collection = "";

  @Parameters(index = "1", paramLabel = "ID", description = "Its id.")
  String id = "";

  @Option(
      names = "--limit",
      defaultValue = "100",
      paramLabel = "N",
      description = "At most so many versions, newest first. Default: ${DEFAULT-VALUE}.")
  int limit = 100;

  @Override
  int run(Api api, Output out) {
    JsonNode answer = fetch(api, collection, id, limit);
    if (connection.json) {
      out.json(answer);
    } else {
      print(answer, out);
    }
    return ExitCodes.OK;
  }

  static JsonNode fetch(Api api, String collection, String id, int limit) {
    return api.get(
        CollectionCommand.path(collection)
            + "/vectors/"
            + Api.encode(id)
            + "/history?limit="
            + limit);
  }

  static void print(JsonNode answer, Output out) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode version : answer.path("versions")) {
      String stamp = version.path("version").asText();
      rows.add(
          List.of(
              stamp,
              Texts.time(stamp),
              version.path("kind").asText(),
              version.path("principal").asText(),
              version.path("request_id").asText(),
              Texts.metadata(version.path("metadata"), 60)));
    }
    out.table(List.of("VERSION", "TIME", "KIND", "BY", "REQUEST", "METADATA"), rows);
  }
}
