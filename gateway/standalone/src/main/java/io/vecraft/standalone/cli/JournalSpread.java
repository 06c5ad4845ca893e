package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.journal.catalog.Partitions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Brings shards to the data partitions that have the fewest. */
@Command(
    name = "spread",
    description =
        "Bring shards of a cluster's collections to the data partitions that have fewest, as after"
            + " \"journal grow\": one after the other, until no partition has two more than another.")
final class JournalSpread extends ClientCommand {
  @Option(names = "--dry-run", description = "Only show what would be moved.")
  boolean dryRun;

  @Option(
      names = "--wait",
      defaultValue = "60",
      paramLabel = "SECONDS",
      description = "How long to wait for each shard. Default: ${DEFAULT-VALUE}.")
  long waitSeconds = 60;

  /**
   * A shard and the partition that it is in, or on its way to.
   *
   * @param collection its collection's name
   * @param shard its number
   * @param partition id of the partition
   */
  record Placed(String collection, int shard, int partition) {}

  @Override
  int run(Api api, Output out) throws InterruptedException {
    int partitions = api.get("/v1/journal").path("data_partitions").asInt();
    var placed = new ArrayList<Placed>();
    for (JsonNode collection : api.get("/v1/collections").path("collections")) {
      for (JsonNode shard : collection.path("shard_states")) {
        placed.add(
            new Placed(
                collection.path("name").asText(),
                shard.path("shard").asInt(),
                shard.path("moving_to").asInt(shard.path("partition").asInt())));
      }
    }
    List<Placed> moves = plan(placed, new Partitions(partitions).data());
    for (Placed to : moves) {
      if (!dryRun) {
        JsonNode now =
            JournalMove.move(api, to.collection(), to.shard(), to.partition(), waitSeconds);
        if (now.has("moving_to")) {
          System.err.printf(
              "vecraft: shard %d of %s is still on its way to partition %d%n",
              to.shard(), to.collection(), to.partition());
          return ExitCodes.UNAVAILABLE;
        }
      }
      out.line(
          "shard %d of %s %s partition %d",
          to.shard(), to.collection(), dryRun ? "would go to" : "is in", to.partition());
    }
    out.line("%d of %d shards %s.", moves.size(), placed.size(), dryRun ? "to move" : "moved");
    return ExitCodes.OK;
  }

  /**
   * What to move, with the partition that each goes to: from the partition with most shards to the
   * one with fewest, and of those there a shard whose collection has fewest in the other. Pure.
   */
  static List<Placed> plan(List<Placed> placed, List<Integer> partitions) {
    Map<Integer, List<Placed>> by = new TreeMap<>();
    partitions.forEach(p -> by.put(p, new ArrayList<>()));
    placed.forEach(
        shard -> by.computeIfAbsent(shard.partition(), p -> new ArrayList<>()).add(shard));
    var moves = new ArrayList<Placed>();
    Comparator<Map.Entry<Integer, List<Placed>>> size =
        Comparator.comparingInt(e -> e.getValue().size());
    while (true) {
      List<Placed> most = by.entrySet().stream().max(size).orElseThrow().getValue();
      Map.Entry<Integer, List<Placed>> fewest = by.entrySet().stream().min(size).orElseThrow();
      if (most.size() - fewest.getValue().size() < 2) {
        return moves;
      }
      Placed chosen =
          most.stream()
              .min(
                  Comparator.<Placed>comparingLong(s -> of(s, fewest.getValue()) - of(s, most))
                      .thenComparing(Placed::collection)
                      .thenComparingInt(Placed::shard))
              .orElseThrow();
      most.remove(chosen);
      var moved = new Placed(chosen.collection(), chosen.shard(), fewest.getKey());
      fewest.getValue().add(moved);
      moves.add(moved);
    }
  }

  /** How many of the shards are of the same collection. */
  private static long of(Placed shard, List<Placed> shards) {
    return shards.stream().filter(o -> o.collection().equals(shard.collection())).count();
  }
}
