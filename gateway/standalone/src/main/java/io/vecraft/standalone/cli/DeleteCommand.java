package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes records by their ids or by a filter. */
@Command(name = "delete", description = "Delete records by their ids or by a filter.")
final class DeleteCommand extends ClientCommand {
  @Parameters(index = "0", paramLabel = "COLLECTION", description = "Where they are.")
  String collection = "";

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "ID", description = "Their ids.")
  List<String> ids = List.of();

  @Option(
      names = "--filter",
      paramLabel = "FILTER",
      description = "Everything that matches now and does not change meanwhile.")
  Optional<String> filter = Optional.empty();

  @Option(
      names = "--if-version",
      paramLabel = "VERSION",
      description = "Only if this is its version; with one id.")
  Optional<String> ifVersion = Optional.empty();

  @Override
  int run(Api api, Output out) {
    if (ids.isEmpty() == filter.isEmpty()) {
      throw new UsageException("say ids or --filter, one of them");
    }
    if (ifVersion.isPresent() && ids.size() != 1) {
      throw new UsageException("--if-version goes with exactly one id");
    }
    JsonNode answer = ids.size() == 1 ? one(api) : several(api);
    if (connection.json) {
      out.json(answer);
    } else if (answer.has("deleted")) {
      out.line(
          "Deleted %d records; skipped %d that changed meanwhile.",
          answer.path("deleted").asLong(), answer.path("skipped").asLong());
    } else {
      out.line("Deleted %s.", ids.size() == 1 ? ids.getFirst() : ids.size() + " records");
    }
    return ExitCodes.OK;
  }

  private JsonNode one(Api api) {
    String query = ifVersion.map(v -> "?if_version=" + Api.encode(v)).orElse("");
    return api.send(
            Api.Call.of(
                "DELETE",
                CollectionCommand.path(collection)
                    + "/vectors/"
                    + Api.encode(ids.getFirst())
                    + query))
        .body();
  }

  private JsonNode several(Api api) {
    ObjectNode body = Api.object();
    if (filter.isPresent()) {
      body.set("filters", SearchCommand.filter(filter.get()));
    } else {
      ArrayNode list = body.putArray("ids");
      ids.forEach(list::add);
    }
    return api.post(CollectionCommand.path(collection) + "/vectors/delete", body);
  }
}
