package io.vecraft.standalone.cli;

import io.vecraft.cluster.ControlProcess;
import io.vecraft.cluster.NodeSettings;
import io.vecraft.control.Control;
import io.vecraft.journal.meta.placement.ReplicaPlan;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a control process of a cluster. */
@Command(
    name = "control",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Run a control process of a cluster: places the replicas of shards on storage nodes, and"
            + " makes those anew that are lost. Of several one is elected.")
final class ControlCommand implements Callable<Integer> {
  private static final int DEFAULT_REPLICAS = 2;
  private static final int DEFAULT_GRACE_S = 300;
  private static final int DEFAULT_INTERVAL_MS = 1_000;

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin NodeOptions node = new NodeOptions();

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Storage nodes that have each shard of a collection that says nothing about it; where"
              + " there are fewer, all of them. Default: ${DEFAULT-VALUE}.")
  int replicas = DEFAULT_REPLICAS;

  @Option(
      names = "--grace-s",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "How long a storage node may be away before its replicas are made elsewhere. Default:"
              + " ${DEFAULT-VALUE}.")
  int graceSeconds = DEFAULT_GRACE_S;

  @Option(
      names = "--repairs",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Shards that get a replica for one that is lost at the same time. Default:"
              + " ${DEFAULT-VALUE}.")
  int repairs = 1;

  @Option(
      names = "--interval-ms",
      paramLabel = "MS",
      defaultValue = "1000",
      description = "Pause between two looks at the cluster. Default: ${DEFAULT-VALUE}.")
  int intervalMs = DEFAULT_INTERVAL_MS;

  @Override
  public Integer call() throws InterruptedException {
    NodeSettings common = node.settings();
    ControlProcess process = ControlProcess.start(common, settings(common));
    Running running = Running.closing(process);
    new Output(spec.commandLine().getOut())
        .line("Vecraft control process %s is ready at %s", node.name, process.address());
    return running.await();
  }

  private Control.Settings settings(NodeSettings common) {
    try {
      return new Control.Settings(
          new ReplicaPlan.Settings(replicas, repairs),
          Duration.ofSeconds(graceSeconds),
          Duration.ofMillis(intervalMs),
          common.maxClockOffset());
    } catch (IllegalArgumentException e) {
      throw new UsageException(Optional.ofNullable(e.getMessage()).orElse("bad setting"));
    }
  }
}
