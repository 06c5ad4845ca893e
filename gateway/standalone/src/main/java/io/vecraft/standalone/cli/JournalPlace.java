package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.journal.catalog.NodePool;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a partition of the journal to a pool of journal nodes. */
@Command(
    name = "place",
    description =
        "Bring a partition of a cluster's journal to the journal nodes of a pool; returns when they"
            + " have it and nobody else. It takes writes meanwhile.")
final class JournalPlace extends ClientCommand {
  private static final long LOOK_MS = 200;

  @Parameters(index = "0", paramLabel = "PARTITION", description = "The partition's id.")
  int partition;

  @Parameters(
      index = "1",
      paramLabel = "POOL",
      description = "The pool; " + NodePool.SHARED + " is where the other partitions are.")
  String pool = "";

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description =
          "So many of the pool's nodes get it. Default: 3, in the shared pool all that the journal"
              + " has.")
  Optional<Integer> replicas = Optional.empty();

  @Option(
      names = "--wait",
      defaultValue = "60",
      paramLabel = "SECONDS",
      description =
          "How long to wait; it goes on being brought there after that. Default: ${DEFAULT-VALUE}.")
  long waitSeconds = 60;

  @Override
  int run(Api api, Output out) throws InterruptedException {
    ObjectNode wish = Api.object().put("pool", pool);
    replicas.ifPresent(n -> wish.put("replicas", n));
    JsonNode now = api.send(Api.Call.of("PUT", "/v1/journal/" + partition).body(wish)).body();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds);
    while (now.path("moving").asBoolean() && System.nanoTime() - until < 0) {
      Thread.sleep(LOOK_MS);
      for (JsonNode one : api.get("/v1/journal").path("partitions")) {
        if (one.path("id").asInt() == partition) {
          now = one;
        }
      }
    }
    if (now.path("moving").asBoolean()) {
      System.err.printf(
          "vecraft: partition %d is still on its way to the pool %s; as many of its nodes as replicas are wanted and a control process are needed%n",
          partition, pool);
      return ExitCodes.UNAVAILABLE;
    }
    if (connection.json) {
      out.json(now);
    } else {
      out.line("Partition %d is in the pool %s.", partition, pool);
    }
    return ExitCodes.OK;
  }
}
