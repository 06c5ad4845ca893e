package io.vecraft.standalone.cli;

import io.vecraft.standalone.bench.Million;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Imports many vectors and measures what comes of it. */
@Command(
    name = "million",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Import a million generated vectors into servers of this command's own: measures the import,",
      "restarts and memory, and imports again after kill -9 in the midst."
    })
final class BenchMillionCommand implements Callable<Integer> {
  private static final int VECTORS_MIN = 10_000;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--vectors",
      defaultValue = "1000000",
      paramLabel = "N",
      description = "At least 10,000. Default: ${DEFAULT-VALUE}.")
  int vectors = 1_000_000;

  @Option(
      names = "--dimension",
      defaultValue = "128",
      paramLabel = "N",
      description = "Default: ${DEFAULT-VALUE}.")
  int dimension = 128;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of the vectors and of the moment of the kill. Default: ${DEFAULT-VALUE}.")
  long seed = 1;

  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to a file.")
  Optional<Path> json = Optional.empty();

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Where to write meanwhile. Default: .vecraft/bench of the installation.")
  Optional<Path> work = Optional.empty();

  @Override
  public Integer call() throws Exception {
    if (vectors < VECTORS_MIN || dimension < 2) {
      throw new UsageException("--vectors must be at least 10,000 and --dimension at least 2");
    }
    var report =
        Million.run(
            new Million.Plan(vectors, dimension, seed),
            work.orElseGet(BenchCommand::usualWork),
            BenchCommand.screen(spec));
    if (json.isPresent()) {
      Files.write(json.get(), Api.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(report));
    }
    return ExitCodes.OK;
  }
}
