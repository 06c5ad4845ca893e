package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.Placements;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/** Where the replicas of a local cluster are, as its control process tells. */
final class ClusterPlacement {
  private ClusterPlacement() {}

  static void show(LocalCluster cluster, Output out) {
    Optional<JsonNode> told = Placements.ask(cluster);
    if (told.isEmpty()) {
      out.line("No control process tells where replicas are.");
      return;
    }
    var rows = new ArrayList<List<String>>();
    for (JsonNode shard : told.get().path("shards")) {
      var replicas = new StringJoiner(", ");
      shard
          .path("replicas")
          .properties()
          .forEach(r -> {
            String stage = r.getValue().asText();
            replicas.add(stage.equals("serving") ? r.getKey() : r.getKey() + " (" + stage + ")");
          });
      rows.add(
          List.of(
              shard.path("collection").asText(),
              shard.path("shard").asText(),
              shard.path("partition").asText()
                  + (shard.has("moving_to")
                      ? " (to " + shard.path("moving_to").asText() + ")"
                      : ""),
              shard.path("pool").asText(),
              shard.path("replicas").isEmpty() ? "every storage node" : replicas.toString()));
    }
    out.line("");
    out.table(List.of("COLLECTION", "SHARD", "PARTITION", "POOL", "REPLICAS"), rows);
    for (JsonNode node : told.get().path("leaving")) {
      out.line(NodeCommand.leaving(node));
    }
    for (JsonNode node : told.get().path("nodes")) {
      if (!node.path("presence").asText().equals("here")) {
        out.line("%s is %s", node.path("name").asText(), node.path("presence").asText());
      }
    }
  }
}
