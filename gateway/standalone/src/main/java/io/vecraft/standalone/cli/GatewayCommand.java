package io.vecraft.standalone.cli;

import io.vecraft.cluster.GatewayProcess;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a gateway of a cluster. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Run a gateway of a cluster: REST and gRPC for clients.")
final class GatewayCommand implements Callable<Integer> {
  private static final long DRAIN_MS = 2_000;
  private static final long DRAIN_MS_MAX = 60_000;

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin EdgeOptions edge = new EdgeOptions();
  @Mixin NodeOptions node = new NodeOptions();

  @Option(
      names = "--admin-key-file",
      paramLabel = "FILE",
      description =
          "File with a key that may do everything, at least 32 characters; the same for all"
              + " gateways. Other keys are made with it.")
  Optional<Path> adminKey = Optional.empty();

  @Option(
      names = "--drain-ms",
      paramLabel = "MS",
      defaultValue = "2000",
      description =
          "How long it goes on answering after it was told to end, while /readyz says that it will;"
              + " at most 60000. Default: ${DEFAULT-VALUE}.")
  long drainMs = DRAIN_MS;

  @Override
  public Integer call() throws InterruptedException {
    if (edge.keysRequired() && adminKey.isEmpty()) {
      throw new UsageException("keys are required here: --admin-key-file names the first one");
    }
    if (drainMs < 0 || drainMs > DRAIN_MS_MAX) {
      throw new UsageException("--drain-ms " + drainMs + " is not in 0.." + DRAIN_MS_MAX);
    }
    GatewayProcess process =
        GatewayProcess.start(
            node.settings(),
            new GatewayProcess.Settings(
                edge.host,
                edge.port,
                edge.keysRequired(),
                edge.tls(),
                adminKey,
                edge.embeddingUrls,
                edge.embeddingKeys,
                LimitOptions.edge(spec),
                drainMs));
    Running running = Running.closing(process);
    new Output(spec.commandLine().getOut())
        .line("Vecraft is ready at %s", edge.endpoint(process.port()));
    return running.await();
  }
}
