package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes, shows and revokes API keys. */
@Command(
    name = "key",
    mixinStandardHelpOptions = true,
    description = "Make, show and revoke API keys.",
    subcommands = {
      KeyCommand.Create.class,
      KeyCommand.ListAll.class,
      KeyCommand.Revoke.class,
      CommandLine.HelpCommand.class
    })
final class KeyCommand implements Runnable {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  @Command(name = "create", description = "Make a key; it is shown once and cannot be read again.")
  static final class Create extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "Who or what it is for.")
    String name = "";

    @Option(
        names = "--grant",
        split = ",",
        defaultValue = "read",
        paramLabel = "GRANT",
        description = "What it may do: read, write, admin. Default: ${DEFAULT-VALUE}.")
    List<String> grants = List.of("read");

    @Option(
        names = "--collection",
        split = ",",
        paramLabel = "NAME",
        description = "Only in these collections. Default: in all.")
    List<String> collections = List.of();

    @Override
    int run(Api api, Output out) {
      ObjectNode body = Api.object().put("name", name);
      ArrayNode list = body.putArray("grants");
      for (String grant : grants) {
        if (collections.isEmpty()) {
          list.add(grant);
        }
        collections.forEach(collection -> list.add(grant + ":" + collection));
      }
      JsonNode answer = api.post("/v1/keys", body);
      if (connection.json) {
        out.json(answer);
      } else {
        out.line(answer.path("key").asText());
        commandLine().getErr().println("Keep it: it cannot be shown again.");
      }
      return ExitCodes.OK;
    }
  }

  @Command(name = "list", description = "Show all keys, without their secrets.")
  static final class ListAll extends ClientCommand {
    @Override
    int run(Api api, Output out) {
      JsonNode answer = api.get("/v1/keys");
      if (connection.json) {
        out.json(answer);
      } else if (answer.path("keys").isEmpty()) {
        out.line("No keys.");
      } else {
        CollectionCommand.objects(answer.path("keys"), out);
      }
      return ExitCodes.OK;
    }
  }

  @Command(name = "revoke", description = "Make a key useless from now on.")
  static final class Revoke extends ClientCommand {
    @Parameters(paramLabel = "ID", description = "Its id, as in the list.")
    String id = "";

    @Override
    int run(Api api, Output out) {
      Api.Answer answer = api.send(Api.Call.of("DELETE", "/v1/keys/" + Api.encode(id)));
      if (connection.json) {
        out.json(answer.body());
      } else {
        out.line("Revoked %s.", id);
      }
      return ExitCodes.OK;
    }
  }
}
