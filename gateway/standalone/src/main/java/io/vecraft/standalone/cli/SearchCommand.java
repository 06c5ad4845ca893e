package io.vecraft.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Finds the nearest records. */
@Command(
    name = "search",
    sortOptions = false,
    description = "Find the records of a collection that are nearest to a text or a vector.")
final class SearchCommand extends ClientCommand {
  @Parameters(index = "0", paramLabel = "COLLECTION", description = "Where to search.")
  String collection = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TEXT",
      description = "What to search for, in a collection with an embedding.")
  Optional<String> text = Optional.empty();

  @Option(
      names = "--vector",
      paramLabel = "NUMBERS",
      description = "Search for this vector: 0.1,0.2,... or a JSON array.")
  Optional<String> vector = Optional.empty();

  @Option(
      names = "--like",
      paramLabel = "ID",
      description = "Search for the vector of this record of the collection.")
  Optional<String> like = Optional.empty();

  @Option(
      names = "-k",
      defaultValue = "10",
      paramLabel = "N",
      description = "How many. Default: ${DEFAULT-VALUE}.")
  int k = 10;

  @Option(
      names = "--filter",
      paramLabel = "FILTER",
      description = "Only what matches: \"year >= 2020 AND category = 'a'\", or a JSON filter.")
  Optional<String> filter = Optional.empty();

  @Mixin ReadOptions read = new ReadOptions();

  @Option(names = "--exact", description = "Compare with every record, without the index.")
  boolean exact;

  @Option(names = "--ef", paramLabel = "N", description = "Candidates to keep: more finds more.")
  Optional<Integer> ef = Optional.empty();

  @Option(
      names = "--score-threshold",
      paramLabel = "SCORE",
      description = "Leave out what scores less.")
  Optional<Double> scoreThreshold = Optional.empty();

  @Option(names = "--with-vectors", description = "Include vectors in the JSON answer.")
  boolean withVectors;

  @Override
  int run(Api api, Output out) {
    if (Stream.of(text, vector, like).filter(Optional::isPresent).count() != 1) {
      throw new UsageException("say what to search for: a TEXT, --vector or --like, one of them");
    }
    ObjectNode body = Api.object();
    text.ifPresent(t -> body.put("text", t));
    vector.ifPresent(v -> body.set("vector", vector(v)));
    like.ifPresent(id -> body.set("vector", vectorOf(api, id)));
    body.put("k", k);
    filter.ifPresent(f -> body.set("filters", filter(f)));
    read.body(body);
    if (exact) {
      body.put("exact", true);
    }
    ef.ifPresent(n -> body.put("ef", n));
    scoreThreshold.ifPresent(s -> body.put("score_threshold", s));
    if (withVectors) {
      body.putArray("include").add("metadata").add("vector");
    }
    Api.Call call = Api.Call.of("POST", CollectionCommand.path(collection) + "/search").body(body);
    JsonNode answer = api.send(read.headers(call)).body();
    if (connection.json) {
      out.json(answer);
    } else {
      print(answer, out);
    }
    return ExitCodes.OK;
  }

  private JsonNode vectorOf(Api api, String id) {
    String path = CollectionCommand.path(collection) + "/vectors/" + Api.encode(id);
    return api.send(read.headers(Api.Call.of("GET", path + read.query()))).body().path("vector");
  }

  /** Prints hits as a table and one line on how fresh and how they were found. */
  static void print(JsonNode answer, Output out) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode hit : answer.path("results")) {
      rows.add(
          List.of(
              String.format(Locale.ROOT, "%.4f", hit.path("score").asDouble()),
              hit.path("id").asText(),
              Texts.metadata(hit.path("metadata"), 90)));
    }
    if (rows.isEmpty()) {
      out.line("Nothing matches.");
    } else {
      out.table(List.of("SCORE", "ID", "METADATA"), rows);
    }
    out.line("");
    out.line(freshness(answer));
  }

  /** How fresh an answer is and how it was found, on one line. */
  static String freshness(JsonNode answer) {
    JsonNode info = answer.path("consistency_info");
    JsonNode search = answer.path("search_info");
    return String.format(
        Locale.ROOT,
        "%s, at most %d ms old, as of %s (%s), %s, %.1f ms in the server",
        info.path("level_achieved").asText(),
        info.path("staleness_ms").asLong(),
        info.path("as_of").asText(),
        Texts.time(info.path("as_of").asText()),
        search.path("exact").asBoolean() ? "exact" : "approximate",
        search.path("took_us").asLong() / 1000.0);
  }

  /** A filter as the API takes it: an object when it looks like JSON, else a text. */
  static JsonNode filter(String text) {
    if (!text.strip().startsWith("{")) {
      return Api.JSON.getNodeFactory().textNode(text);
    }
    try {
      return Api.JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UsageException("--filter is not JSON: " + e.getOriginalMessage());
    }
  }

  private static JsonNode vector(String text) {
    String numbers = text.strip();
    if (numbers.startsWith("[") && numbers.endsWith("]")) {
      numbers = numbers.substring(1, numbers.length() - 1);
    }
    ArrayNode vector = Api.JSON.createArrayNode();
    for (String number : numbers.split("[,\\s]+", -1)) {
      try {
        vector.add(Float.parseFloat(number));
      } catch (NumberFormatException e) {
        throw new UsageException("--vector: not a number: '" + number + "'");
      }
    }
    return vector;
  }
}
