package io.vecraft.standalone.cli;

import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a server until it is told to stop. */
@Command(
    name = "standalone",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Run a whole Vecraft in this process.")
final class StandaloneCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ".vecraft/data",
      description = "Everything durable is kept below it. Default: ${DEFAULT-VALUE}.")
  Path data = Path.of(".vecraft/data");

  @Mixin EdgeOptions edge = new EdgeOptions();

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "1",
      description = "Storage nodes in the process, each with every shard. Default: 1.")
  int replicas = 1;

  @Option(
      names = "--data-partitions",
      paramLabel = "N",
      defaultValue = "2",
      description = "Journal partitions for data, in a new data directory. Default: 2.")
  int dataPartitions = 2;

  @Option(
      names = "--journal-bytes-max",
      paramLabel = "BYTES",
      defaultValue = "1099511627776",
      description = "Bytes of the journal on disk; above, writes are refused. Default: 1 TiB.")
  long journalBytesMax = 1L << 40;

  @Option(
      names = "--checkpoint-interval-ms",
      paramLabel = "MS",
      defaultValue = "60000",
      description =
          "How often what has changed is written to checkpoints; a restart replays what came"
              + " later. Default: 60000.")
  long checkpointIntervalMs = StandaloneConfig.CHECKPOINT_INTERVAL_DEFAULT.toMillis();

  @Option(
      names = "--journal-keep-bytes",
      paramLabel = "BYTES",
      defaultValue = "0",
      description =
          "Remove the oldest segments of a journal partition beyond this, once two checkpoints of"
              + " every shard and the time-travel windows have passed them. Default: 0, keep all.")
  long journalKeepBytes;

  @Option(
      names = "--accept-loss",
      description = "Start although the journal is damaged, without the damaged records.")
  boolean acceptLoss;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "File of settings, one NAME=VALUE a line; flags and the environment win.")
  Optional<Path> configFile = Optional.empty();

  @Override
  public Integer call() throws InterruptedException {
    StandaloneConfig config;
    try {
      config =
          StandaloneConfig.builder(data)
              .host(edge.host)
              .port(edge.port)
              .dataPartitions(dataPartitions)
              .replicas(replicas)
              .tls(edge.tls())
              .requireKeys(edge.keysRequired())
              .embeddingUrls(edge.embeddingUrls)
              .embeddingKeys(edge.embeddingKeys)
              .limits(LimitOptions.edge(spec))
              .engineLimits(LimitOptions.engine(spec))
              .journalBytesMax(journalBytesMax)
              .checkpointInterval(Duration.ofMillis(checkpointIntervalMs))
              .journalKeepBytes(journalKeepBytes)
              .acceptLoss(acceptLoss)
              .build();
    } catch (IllegalArgumentException e) {
      throw new UsageException(Optional.ofNullable(e.getMessage()).orElse("bad setting"));
    }
    Output out = new Output(spec.commandLine().getOut());
    Standalone server = Standalone.start(config);
    Running running = Running.closing(server);
    out.line("Vecraft is ready at %s", edge.endpoint(server.port()));
    out.line("Data: %s", config.dataDirectory());
    if (config.requireKeys()) {
      out.line("API keys are required; the first one is in %s", data.resolve("admin.key"));
    }
    return running.await();
  }
}
