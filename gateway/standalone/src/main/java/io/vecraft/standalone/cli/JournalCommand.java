package io.vecraft.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks into the journal; without a subcommand, shows its partitions. */
@Command(
    name = "journal",
    description = "Look into the journal: its partitions, its records, what a request did.",
    subcommands = {
      JournalServeCommand.class,
      JournalCommand.Records.class,
      JournalCommand.Tail.class,
      JournalCommand.Operation.class,
      JournalCommand.Grow.class,
      JournalMove.class,
      JournalPlace.class,
      JournalSpread.class,
      CommandLine.HelpCommand.class
    })
final class JournalCommand extends ClientCommand {
  @Override
  int run(Api api, Output out) {
    JsonNode answer = api.get("/v1/journal");
    if (connection.json) {
      out.json(answer);
    } else {
      CollectionCommand.objects(answer.path("partitions"), out);
    }
    return ExitCodes.OK;
  }

  @Command(
      name = "grow",
      description =
          "Let a cluster have more data partitions; returns when new collections get shards in"
              + " them. They never become fewer.")
  static final class Grow extends ClientCommand {
    private static final long LOOK_MS = 200;

    @Parameters(paramLabel = "N", description = "How many there are to be in all.")
    int partitions;

    @Option(
        names = "--wait",
        defaultValue = "60",
        paramLabel = "SECONDS",
        description =
            "How long to wait; they go on being made after that. Default: ${DEFAULT-VALUE}.")
    long waitSeconds = 60;

    @Override
    int run(Api api, Output out) throws InterruptedException {
      JsonNode now =
          api.send(
                  Api.Call.of("PUT", "/v1/journal")
                      .body(Api.object().put("data_partitions", partitions)))
              .body();
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds);
      while (now.path("data_partitions").asInt() < partitions) {
        if (System.nanoTime() - until > 0) {
          System.err.printf(
              "vecraft: %s of %d data partitions are open; the journal's nodes and a control process are needed%n",
              now.path("data_partitions").asText(), partitions);
          return ExitCodes.UNAVAILABLE;
        }
        Thread.sleep(LOOK_MS);
        now = api.get("/v1/journal");
      }
      if (connection.json) {
        out.json(Api.object().put("data_partitions", now.path("data_partitions").asInt()));
      } else {
        out.line("%s data partitions are open.", now.path("data_partitions").asText());
      }
      return ExitCodes.OK;
    }
  }

  @Command(name = "records", description = "Show records of one partition.")
  static final class Records extends ClientCommand {
    @Parameters(paramLabel = "PARTITION", description = "Its id.")
    int partition;

    @Option(names = "--from", paramLabel = "OFFSET", description = "The first one to show.")
    Optional<Long> from = Optional.empty();

    @Option(
        names = "--limit",
        defaultValue = "20",
        paramLabel = "N",
        description = "At most so many. Default: ${DEFAULT-VALUE}.")
    int limit = 20;

    @Override
    int run(Api api, Output out) {
      StringBuilder path =
          new StringBuilder("/v1/journal/" + partition + "/records?limit=" + limit);
      from.ifPresent(offset -> path.append("&from=").append(offset));
      JsonNode answer = api.get(path.toString());
      if (connection.json) {
        out.json(answer);
        return ExitCodes.OK;
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode record : answer.path("records")) {
        rows.add(row(record));
      }
      out.table(List.of("OFFSET", "STAMP", "TIME", "BY", "REQUEST", "OPERATIONS"), rows);
      return ExitCodes.OK;
    }

    private static List<String> row(JsonNode record) {
      String stamp = record.path("hlc").asText(record.path("stamp").asText());
      List<String> operations = new ArrayList<>();
      for (JsonNode operation : record.path("operations")) {
        operations.add(
            (operation.path("kind").asText()
                    + " "
                    + operation.path("collection").asText()
                    + "/"
                    + operation.path("id").asText())
                .strip());
      }
      return List.of(
          record.path("offset").asText(),
          stamp,
          Texts.time(stamp),
          record.path("principal").asText(),
          record.path("request_id").asText(),
          Output.brief(String.join(", ", operations), 80));
    }
  }

  @Command(
      name = "tail",
      description = "Follow the records of all partitions in their order, until interrupted.")
  static final class Tail extends ClientCommand {
    @Option(names = "--collection", paramLabel = "NAME", description = "Only this collection's.")
    Optional<String> collection = Optional.empty();

    @Option(names = "--from", paramLabel = "STAMP", description = "Start after this stamp.")
    Optional<String> from = Optional.empty();

    @Option(names = "--limit", paramLabel = "N", description = "Stop after so many.")
    Optional<Long> limit = Optional.empty();

    @Override
    int run(Api api, Output out) throws IOException {
      List<String> query = new ArrayList<>();
      collection.ifPresent(name -> query.add("collection=" + Api.encode(name)));
      from.ifPresent(stamp -> query.add("from=" + Api.encode(stamp)));
      String path = "/v1/journal/tail" + (query.isEmpty() ? "" : "?" + String.join("&", query));
      long left = limit.orElse(Long.MAX_VALUE);
      try (BufferedReader events =
          new BufferedReader(
              new InputStreamReader(api.stream(path, Map.of()), StandardCharsets.UTF_8))) {
        StringBuilder data = new StringBuilder();
        for (String line = events.readLine(); line != null && left > 0; line = events.readLine()) {
          if (line.startsWith("data:")) {
            data.append(line.substring("data:".length()).strip());
          } else if (line.isEmpty() && !data.isEmpty()) {
            out.line(compact(data.toString()));
            data.setLength(0);
            left--;
          }
        }
      }
      return ExitCodes.OK;
    }

    private static String compact(String json) throws JsonProcessingException {
      return Api.JSON.readTree(json).toString();
    }
  }

  @Command(
      name = "operation",
      description = "Show what a request did, when, where, and which replicas have it.")
  static final class Operation extends ClientCommand {
    @Parameters(paramLabel = "REQUEST", description = "The request's id.")
    String requestId = "";

    @Override
    int run(Api api, Output out) {
      JsonNode answer = api.get("/v1/operations/" + Api.encode(requestId));
      if (connection.json) {
        out.json(answer);
        return ExitCodes.OK;
      }
      out.line("request    %s", answer.path("request_id").asText(requestId));
      out.line("by         %s", answer.path("principal").asText());
      if (!answer.path("operations").isEmpty()) {
        out.line("");
        CollectionCommand.objects(answer.path("operations"), out);
      }
      return ExitCodes.OK;
    }
  }
}
