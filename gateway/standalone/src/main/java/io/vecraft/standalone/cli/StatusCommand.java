package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** Whether the server is well, and what it holds. */
@Command(name = "status", description = "Show whether the server is well, and what it holds.")
final class StatusCommand extends ClientCommand {
  @Override
  int run(Api api, Output out) throws Exception {
    JsonNode cluster = api.get("/v1/cluster");
    int ready = api.probe("/readyz");
    JsonNode collections = api.get("/v1/collections").path("collections");
    if (connection.json) {
      ObjectNode all = Api.object();
      all.put("ready", ready == 200);
      all.set("cluster", cluster);
      all.set("collections", collections);
      out.json(all);
    } else {
      out.line("%s is %s", api.endpoint(), ready == 200 ? "ready" : "not ready");
      nodes(cluster, out);
      collections(collections, out);
    }
    return ready == 200 ? ExitCodes.OK : ExitCodes.UNAVAILABLE;
  }

  private static void nodes(JsonNode cluster, Output out) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode node : cluster.path("nodes")) {
      long lagMs = 0;
      for (JsonNode replica : node.path("replicas")) {
        lagMs = Math.max(lagMs, replica.path("lag_ms").asLong());
      }
      rows.add(
          List.of(
              node.path("name").asText(),
              Integer.toString(node.path("replicas").size()),
              lagMs + " ms",
              node.path("version").asText()));
    }
    if (!rows.isEmpty()) {
      out.line("");
      out.table(List.of("NODE", "REPLICAS", "LAG", "VERSION"), rows);
    }
  }

  private static void collections(JsonNode collections, Output out) {
    out.line("");
    if (collections.isEmpty()) {
      out.line("No collections yet. Make one with: vecraft import FILE --collection NAME");
      return;
    }
    CollectionCommand.table(collections, out);
  }
}
