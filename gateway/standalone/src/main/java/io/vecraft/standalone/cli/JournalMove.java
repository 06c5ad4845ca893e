package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a shard to another data partition. */
@Command(
    name = "move",
    description =
        "Bring a shard of a collection to another data partition of a cluster; returns when it is"
            + " there. Its writes wait for a moment.")
final class JournalMove extends ClientCommand {
  private static final long LOOK_MS = 100;

  @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
  String collection = "";

  @Parameters(index = "1", paramLabel = "SHARD", description = "The shard's number, from 0.")
  int shard;

  @Parameters(index = "2", paramLabel = "PARTITION", description = "The data partition's id.")
  int partition;

  @Option(
      names = "--wait",
      defaultValue = "60",
      paramLabel = "SECONDS",
      description =
          "How long to wait; it goes on being moved after that. Default: ${DEFAULT-VALUE}.")
  long waitSeconds = 60;

  @Override
  int run(Api api, Output out) throws InterruptedException {
    JsonNode now = move(api, collection, shard, partition, waitSeconds);
    if (now.has("moving_to")) {
      System.err.printf(
          "vecraft: shard %d of %s is still on its way to partition %d; the partitions and a control process are needed%n",
          shard, collection, partition);
      return ExitCodes.UNAVAILABLE;
    }
    if (connection.json) {
      out.json(now);
    } else {
      out.line("Shard %d of %s is in partition %d.", shard, collection, partition);
    }
    return ExitCodes.OK;
  }

  /**
   * Wants a shard in a partition and waits; where it is then, with {@code moving_to} if not there.
   */
  static JsonNode move(Api api, String collection, int shard, int partition, long waitSeconds)
      throws InterruptedException {
    String path = "/v1/collections/" + Api.encode(collection);
    JsonNode now =
        api.send(
                Api.Call.of("PUT", path + "/shards/" + shard)
                    .body(Api.object().put("partition", partition)))
            .body();
    long until = System.nanoTime() + waitSeconds * 1_000_000_000L;
    while (now.has("moving_to") && System.nanoTime() - until < 0) {
      Thread.sleep(LOOK_MS);
      now = api.get(path).path("shard_states").path(shard);
    }
    return now;
  }
}
