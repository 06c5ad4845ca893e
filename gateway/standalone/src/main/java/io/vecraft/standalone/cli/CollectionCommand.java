package io.vecraft.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes, shows, changes and drops collections. */
@Command(
    name = "collection",
    aliases = "collections",
    mixinStandardHelpOptions = true,
    description = "Make, show, change and drop collections.",
    subcommands = {
      CollectionCommand.Create.class,
      CollectionCommand.ListAll.class,
      CollectionCommand.Describe.class,
      CollectionCommand.Alter.class,
      CollectionCommand.Drop.class,
      CommandLine.HelpCommand.class
    })
final class CollectionCommand implements Runnable {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  static String path(String collection) {
    return "/v1/collections/" + Api.encode(collection);
  }

  /** Prints collections as a table. */
  static void table(JsonNode collections, Output out) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode c : collections) {
      rows.add(
          List.of(
              c.path("name").asText(),
              count(c),
              c.path("dimension").asText(),
              c.path("metric").asText(),
              c.path("shards").asText(),
              schema(c.path("schema"))));
    }
    out.table(List.of("COLLECTION", "RECORDS", "DIMENSION", "METRIC", "SHARDS", "SCHEMA"), rows);
  }

  private static String count(JsonNode collection) {
    JsonNode count = collection.path("records");
    return count.isMissingNode() ? "-" : String.format(Locale.ROOT, "%,d", count.asLong());
  }

  private static String schema(JsonNode schema) {
    List<String> fields = new ArrayList<>();
    schema.properties().forEach(f -> fields.add(f.getKey() + "=" + f.getValue().asText()));
    return Output.brief(String.join(" ", fields), 60);
  }

  /** The parts of a definition that may also be changed later. */
  static final class Changeable {
    @Option(
        names = "--schema",
        paramLabel = "FIELD=TYPE",
        split = ",",
        description =
            "Metadata fields to index: keyword, integer, float, bool or datetime,"
                + " such as year=integer,category=keyword.")
    Map<String, String> schema = new LinkedHashMap<>();

    @Option(
        names = "--time-travel",
        paramLabel = "SECONDS",
        description = "How long the past stays readable.")
    Optional<Long> timeTravelSeconds = Optional.empty();

    @Option(
        names = "--replicas",
        paramLabel = "N",
        description = "Storage nodes of a cluster that have each shard.")
    Optional<Integer> replicas = Optional.empty();

    @Option(
        names = "--pool",
        paramLabel = "NAME",
        description = "Pool of the storage nodes that have its shards; shared is everybody's.")
    Optional<String> pool = Optional.empty();

    @Option(
        names = "--index",
        paramLabel = "SETTING=VALUE",
        split = ",",
        description = "Settings of the vector index: m, ef_construction, quantization.")
    Map<String, String> index = new LinkedHashMap<>();

    void addTo(ObjectNode body) {
      if (!schema.isEmpty()) {
        ObjectNode fields = body.putObject("schema");
        schema.forEach(fields::put);
      }
      timeTravelSeconds.ifPresent(seconds -> body.put("time_travel_window_s", seconds));
      replicas.ifPresent(count -> body.put("replicas", count));
      pool.ifPresent(name -> body.put("pool", name));
      if (!index.isEmpty()) {
        ObjectNode settings = body.putObject("index");
        index.forEach((name, value) -> {
          if (value.matches("[0-9]{1,9}")) {
            settings.put(name, Integer.parseInt(value));
          } else {
            settings.put(name, value);
          }
        });
      }
    }
  }

  /** {@code hashing} or a whole definition in JSON. */
  static JsonNode embedding(String text) {
    if (!text.startsWith("{")) {
      return Api.object().put("provider", text);
    }
    try {
      return Api.JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UsageException("--embedding is neither a provider's name nor JSON: " + text);
    }
  }

  @Command(name = "create", description = "Make a collection; the same definition again is fine.")
  static final class Create extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "Its name.")
    String name = "";

    @Option(names = "--dimension", paramLabel = "N", description = "Dimensions of its vectors.")
    Optional<Integer> dimension = Optional.empty();

    @Option(names = "--metric", paramLabel = "METRIC", description = "cosine (default), dot or l2.")
    Optional<String> metric = Optional.empty();

    @Option(names = "--shards", paramLabel = "N", description = "Parts it is spread over.")
    Optional<Integer> shards = Optional.empty();

    @Option(
        names = "--embedding",
        paramLabel = "PROVIDER",
        description = "Makes vectors of texts: hashing (built in), or a definition in JSON.")
    Optional<String> embedding = Optional.empty();

    @Mixin Changeable changeable = new Changeable();

    @Override
    int run(Api api, Output out) {
      ObjectNode body = Api.object();
      dimension.ifPresent(n -> body.put("dimension", n));
      metric.ifPresent(m -> body.put("metric", m));
      shards.ifPresent(n -> body.put("shards", n));
      embedding.ifPresent(e -> body.set("embedding", embedding(e)));
      if (dimension.isEmpty() && embedding.isEmpty()) {
        throw new UsageException(
            "say --dimension N, or --embedding hashing for a collection of texts");
      }
      changeable.addTo(body);
      Api.Answer answer = api.send(Api.Call.of("PUT", path(name)).body(body));
      if (connection.json) {
        out.json(answer.body());
      } else {
        out.line(
            answer.status() == 201 ? "Made collection %s." : "Collection %s is there already.",
            name);
      }
      return ExitCodes.OK;
    }
  }

  @Command(name = "list", description = "Show all collections.")
  static final class ListAll extends ClientCommand {
    @Override
    int run(Api api, Output out) {
      JsonNode answer = api.get("/v1/collections");
      if (connection.json) {
        out.json(answer);
      } else {
        table(answer.path("collections"), out);
      }
      return ExitCodes.OK;
    }
  }

  @Command(name = "describe", description = "Show a collection and the state of its shards.")
  static final class Describe extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "Its name.")
    String name = "";

    @Override
    int run(Api api, Output out) {
      JsonNode answer = api.get(path(name));
      if (connection.json) {
        out.json(answer);
        return ExitCodes.OK;
      }
      answer
          .properties()
          .forEach(field -> {
            if (!field.getValue().isArray()) {
              out.line(
                  "%-22s %s",
                  field.getKey(),
                  field.getValue().isValueNode()
                      ? field.getValue().asText()
                      : field.getValue().toString());
            }
          });
      answer
          .properties()
          .forEach(field -> {
            if (field.getValue().isArray() && !field.getValue().isEmpty()) {
              out.line("");
              out.line(field.getKey() + ":");
              objects(field.getValue(), out);
            }
          });
      return ExitCodes.OK;
    }
  }

  /** Prints an array of objects as a table with the names of the first one's fields. */
  static void objects(JsonNode array, Output out) {
    List<String> names = new ArrayList<>();
    array.get(0).fieldNames().forEachRemaining(names::add);
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode object : array) {
      List<String> row = new ArrayList<>();
      for (String name : names) {
        JsonNode value = object.path(name);
        row.add(cell(value));
      }
      rows.add(row);
    }
    out.table(names.stream().map(n -> n.toUpperCase(Locale.ROOT)).toList(), rows);
  }

  /** A list of texts as it is, a list of objects as their number. */
  private static String cell(JsonNode value) {
    if (value.isValueNode()) {
      return value.asText();
    }
    if (value.isArray()) {
      return value.path(0).isObject() ? Integer.toString(value.size()) : Texts.join(value);
    }
    return Output.brief(value.toString(), 40);
  }

  @Command(
      name = "alter",
      description = "Add fields to the schema, change window, replicas, pool or index.")
  static final class Alter extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "Its name.")
    String name = "";

    @Mixin Changeable changeable = new Changeable();

    @Override
    int run(Api api, Output out) {
      ObjectNode body = Api.object();
      changeable.addTo(body);
      if (body.isEmpty()) {
        throw new UsageException(
            "nothing to change: say --schema, --time-travel, --replicas, --pool or --index");
      }
      Api.Answer answer = api.send(Api.Call.of("PATCH", path(name)).body(body));
      if (connection.json) {
        out.json(answer.body());
      } else {
        out.line("Changed collection %s.", name);
      }
      return ExitCodes.OK;
    }
  }

  @Command(name = "drop", description = "Drop a collection with everything in it.")
  static final class Drop extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "Its name.")
    String name = "";

    @Override
    int run(Api api, Output out) {
      Api.Answer answer = api.send(Api.Call.of("DELETE", path(name)));
      if (connection.json) {
        out.json(answer.body());
      } else {
        out.line("Dropped collection %s.", name);
      }
      return ExitCodes.OK;
    }
  }
}
