package io.vecraft.standalone.cli;

import io.vecraft.cluster.StorageProcess;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.standalone.EngineLimit;
import io.vecraft.standalone.StandaloneConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a storage node of a cluster. */
@Command(
    name = "storage",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Run a storage node of a cluster: replays the journal into indexes.")
final class StorageCommand implements Callable<Integer> {
  /** The limits that this process keeps. */
  static final Set<EngineLimit> LIMITS =
      Set.of(EngineLimit.UNLINKED_VECTORS, EngineLimit.PINS, EngineLimit.DEDUP_WINDOW_S);

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin NodeOptions node = new NodeOptions();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Where its checkpoints are kept.")
  Path data = Path.of("");

  @Option(
      names = "--pool",
      paramLabel = "NAME",
      defaultValue = NodePool.SHARED,
      description =
          "Pool that it is in: it has replicas of the collections of that pool, and of no others."
              + " Default: ${DEFAULT-VALUE}.")
  String pool = NodePool.SHARED;

  @Option(
      names = "--checkpoint-interval-ms",
      paramLabel = "MS",
      defaultValue = "60000",
      description =
          "How often what has changed is written to checkpoints; a restart replays what came"
              + " later. Default: 60000.")
  long checkpointIntervalMs = StandaloneConfig.CHECKPOINT_INTERVAL_DEFAULT.toMillis();

  @Override
  public Integer call() throws InterruptedException {
    StorageProcess process = StorageProcess.start(node.settings(), settings());
    Running running = Running.closing(process);
    new Output(spec.commandLine().getOut())
        .line("Vecraft storage node %s is ready at %s", node.name, process.address());
    return running.await();
  }

  private StorageProcess.Settings settings() {
    try {
      return new StorageProcess.Settings(
          data, pool, Duration.ofMillis(checkpointIntervalMs), LimitOptions.engine(spec));
    } catch (IllegalArgumentException e) {
      throw new UsageException(Optional.ofNullable(e.getMessage()).orElse("bad setting"));
    }
  }
}
