package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.cluster.local.LocalCluster;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Takes a storage node out of the local cluster, once nothing is on it any more. */
@Command(
    name = "remove",
    mixinStandardHelpOptions = true,
    description =
        "Let a storage node leave, wait until its replicas are elsewhere, and end its process.")
final class ClusterRemove extends ClusterCommand.OneAction {
  private static final Duration TRY = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long LOOK_EVERY_MS = 500;

  @Option(names = "--force", description = "Leave even though fewer replicas than wanted remain.")
  boolean force;

  @Option(
      names = "--timeout-s",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "How long to wait; the node goes on leaving after that. Default: 600.")
  int timeoutSeconds = 600;

  @Override
  void run(LocalCluster cluster, Output out) throws IOException {
    if (!cluster.process(name).role().equals("storage")) {
      throw new UsageException(name + " is not a storage node");
    }
    try (Api api = api(cluster)) {
      NodeCommand.drain(api, name, force);
      out.line("%s leaves", name);
      awaitEmpty(api);
      cluster.stop(name, Duration.ofMinutes(1));
      // The next one of that name is somebody else.
      NodeCommand.stay(api, name);
    }
    cluster.forget(name);
    out.line("%s has left", name);
  }

  private static Api api(LocalCluster cluster) throws IOException {
    Optional<String> key =
        cluster.adminKey().isPresent()
            ? Optional.of(Files.readString(cluster.adminKey().get()).strip())
            : Optional.empty();
    return new Api(URI.create(cluster.endpoints().getFirst()), key, TRY, PATIENCE);
  }

  private void awaitEmpty(Api api) throws IOException {
    long until = System.nanoTime() + Duration.ofSeconds(timeoutSeconds).toNanos();
    while (left(api) > 0) {
      if (System.nanoTime() - until > 0) {
        throw new IOException(name + " still has replicas after " + timeoutSeconds + " s");
      }
      try {
        Thread.sleep(LOOK_EVERY_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  private int left(Api api) {
    for (JsonNode node : api.get("/v1/cluster").path("leaving")) {
      if (node.path("node").asText().equals(name)) {
        return node.path("replicas_left").asInt();
      }
    }
    throw new UsageException(name + " was told to stay meanwhile");
  }
}
