package io.vecraft.standalone.cli;

import io.vecraft.cluster.local.LocalCluster;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine.Command;

/** Restarts the local cluster without its clients noticing. */
@Command(
    name = "roll",
    mixinStandardHelpOptions = true,
    description =
        "End in order and start again every process but etcd, one after the other; each is ready"
            + " before the next ends.")
final class ClusterRoll extends ClusterCommand.Action {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @Override
  void run(LocalCluster cluster, Output out) throws IOException {
    cluster.roll(PATIENCE, name -> out.line("%s is ready again", name));
  }
}
