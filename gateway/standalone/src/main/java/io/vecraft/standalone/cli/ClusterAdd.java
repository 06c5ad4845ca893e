package io.vecraft.standalone.cli;

import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.journal.catalog.NodePool;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Adds a process to the local cluster. */
@Command(
    name = "add",
    mixinStandardHelpOptions = true,
    description =
        "Add a storage node, start it and wait until it is ready; or a spare journal node.")
final class ClusterAdd extends ClusterCommand.Action {
  @Option(
      names = "--journal",
      description = "A journal node, which gets the place of one that is gone or leaves.")
  boolean journal;

  @Option(
      names = "--pool",
      paramLabel = "NAME",
      defaultValue = NodePool.SHARED,
      description = "Pool that the node is in. Default: ${DEFAULT-VALUE}.")
  String pool = NodePool.SHARED;

  @Override
  void run(LocalCluster cluster, Output out) throws IOException {
    String name = journal ? cluster.addJournal(pool) : cluster.addStorage(pool);
    cluster.start(name);
    if (journal && pool.equals(NodePool.SHARED)) {
      out.line("%s is a spare, and ready once it has a place", name);
      return;
    }
    cluster.awaitReady(name, Duration.ofMinutes(2));
    out.line("%s is ready", name);
  }
}
