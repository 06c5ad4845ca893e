package io.vecraft.standalone.cli;

import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.standalone.EngineLimit;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
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

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen on. API keys are required unless it is a loopback address."
              + " Default: ${DEFAULT-VALUE}.")
  String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8750",
      description = "Port of REST and gRPC; 0 picks a free one. Default: ${DEFAULT-VALUE}.")
  int port = StandaloneConfig.DEFAULT_PORT;

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

  @Option(names = "--require-keys", description = "Require API keys on a loopback address as well.")
  boolean requireKeys;

  @Option(
      names = "--embedding-url",
      paramLabel = "PREFIX",
      description =
          "Allow embedding providers at URLs that start with this; may be repeated."
              + " None is allowed by default.")
  List<URI> embeddingUrls = List.of();

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

  @ArgGroup(exclusive = false)
  @Nullable TlsOptions tls;

  /** Both or none. */
  static final class TlsOptions {
    @Option(
        names = "--tls-cert",
        required = true,
        paramLabel = "FILE",
        description = "Certificate chain in PEM; read again when it changes.")
    Path certificate = Path.of("");

    @Option(
        names = "--tls-key",
        required = true,
        paramLabel = "FILE",
        description = "Private key in PEM (PKCS#8); read again when it changes.")
    Path key = Path.of("");
  }

  @Override
  public Integer call() throws InterruptedException {
    StandaloneConfig config;
    try {
      config =
          StandaloneConfig.builder(data)
              .host(host)
              .port(port)
              .dataPartitions(dataPartitions)
              .replicas(replicas)
              .tls(
                  Optional.ofNullable(tls).map(t -> new StandaloneConfig.Tls(t.certificate, t.key)))
              .requireKeys(requireKeys || !StandaloneConfig.isLoopback(host))
              .embeddingUrls(embeddingUrls)
              .limits(limits())
              .engineLimits(engineLimits())
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
    CountDownLatch stopped = new CountDownLatch(1);
    // SIGTERM and Ctrl-C run the hook; the process ends when it is done.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.close();
                  stopped.countDown();
                },
                "shutdown"));
    out.line("Vecraft is ready at %s", endpoint(config, server.port()));
    out.line("Data: %s", config.dataDirectory());
    if (config.requireKeys()) {
      out.line("API keys are required; the first one is in %s", data.resolve("admin.key"));
    }
    stopped.await();
    return ExitCodes.OK;
  }

  /** Adds a flag for every limit of the gateway, so that none is forgotten. */
  static void addLimits(CommandSpec spec) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().exclusive(false).validate(false).heading("%nLimits:%n").order(100);
    for (Limit limit : Limit.values()) {
      group.addArg(
          OptionSpec.builder("--" + limit.flag())
              .paramLabel("N")
              .type(Long.class)
              .description(limit.help() + ". Default: " + limit.byDefault() + ".")
              .build());
    }
    for (EngineLimit limit : EngineLimit.values()) {
      group.addArg(
          OptionSpec.builder("--" + limit.flag())
              .paramLabel("N")
              .type(Long.class)
              .description(limit.help() + ". Default: " + limit.byDefault() + ".")
              .build());
    }
    spec.addArgGroup(group.build());
  }

  private Map<EngineLimit, Long> engineLimits() {
    Map<EngineLimit, Long> changes = new EnumMap<>(EngineLimit.class);
    for (EngineLimit limit : EngineLimit.values()) {
      Long value = spec.findOption("--" + limit.flag()).getValue();
      if (value != null) {
        changes.put(limit, value);
      }
    }
    return changes;
  }

  private Limits limits() {
    Map<Limit, Long> changes = new EnumMap<>(Limit.class);
    for (Limit limit : Limit.values()) {
      Long value = spec.findOption("--" + limit.flag()).getValue();
      if (value != null) {
        changes.put(limit, value);
      }
    }
    return Limits.defaults().with(changes);
  }

  private static String endpoint(StandaloneConfig config, int port) {
    String name = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return (config.tls().isPresent() ? "https://" : "http://") + name + ":" + port;
  }
}
