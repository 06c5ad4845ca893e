package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lets nodes leave a cluster. */
@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    description = "Let a node leave the cluster, without losing what it has.",
    subcommands = {
      NodeCommand.Drain.class,
      NodeCommand.Stay.class,
      NodeCommand.ListAll.class,
      CommandLine.HelpCommand.class
    })
final class NodeCommand implements Runnable {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  @Command(
      name = "drain",
      description =
          "Let a node leave: control makes what it has on others and then takes it away from it;"
              + " 'node list' shows when nothing is left.")
  static final class Drain extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "The node.")
    String name = "";

    @Option(names = "--force", description = "Leave even though fewer replicas than wanted remain.")
    boolean force;

    @Override
    int run(Api api, Output out) {
      JsonNode answer = drain(api, name, force);
      if (connection.json) {
        out.json(answer);
      } else {
        out.line("%s leaves.", name);
      }
      return ExitCodes.OK;
    }
  }

  static JsonNode drain(Api api, String name, boolean force) {
    String path = "/v1/nodes/" + Api.encode(name) + "/drain";
    return api.send(Api.Call.of("PUT", path).body(Api.object().put("force", force))).body();
  }

  @Command(name = "stay", description = "Let a node that was to leave stay after all.")
  static final class Stay extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "The node.")
    String name = "";

    @Override
    int run(Api api, Output out) {
      JsonNode answer = stay(api, name);
      if (connection.json) {
        out.json(answer);
      } else {
        out.line("%s stays.", name);
      }
      return ExitCodes.OK;
    }
  }

  static JsonNode stay(Api api, String name) {
    return api.send(Api.Call.of("DELETE", "/v1/nodes/" + Api.encode(name) + "/drain")).body();
  }

  @Command(name = "list", description = "Show the storage nodes, and which nodes leave.")
  static final class ListAll extends ClientCommand {
    @Override
    int run(Api api, Output out) {
      JsonNode cluster = api.get("/v1/cluster");
      if (connection.json) {
        ObjectNode answer = Api.object();
        answer.set("nodes", cluster.path("nodes"));
        answer.set("leaving", cluster.path("leaving"));
        out.json(answer);
        return ExitCodes.OK;
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode node : cluster.path("nodes")) {
        rows.add(
            List.of(node.path("name").asText(), Integer.toString(node.path("replicas").size())));
      }
      out.table(List.of("NODE", "REPLICAS"), rows);
      for (JsonNode node : cluster.path("leaving")) {
        out.line(leaving(node));
      }
      return ExitCodes.OK;
    }
  }

  /** What is told of a node that leaves. */
  static String leaving(JsonNode node) {
    int left = node.path("replicas_left").asInt();
    return left == 0
        ? node.path("node").asText() + " has left: nothing is on it by the map"
        : "%s leaves: %d replicas are still on it".formatted(node.path("node").asText(), left);
  }
}
