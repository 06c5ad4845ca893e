package io.vecraft.standalone.cli;

import io.vecraft.standalone.bench.Matrix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the cells of the performance matrix. */
@Command(
    name = "matrix",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measure reads at each level by dimension, shards and lag of the replicas: the 20 cells of the",
      "performance matrix, each beside the figure that was expected there, and up to 50 shards."
    })
final class BenchMatrixCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--divisor",
      defaultValue = "10",
      paramLabel = "N",
      description =
          "The matrix is of 1,000,000 x 128, 500,000 x 512 and 100,000 x 1536 vectors; here are so"
              + " many times fewer, 1 to 100. Default: ${DEFAULT-VALUE}.")
  int divisor = 10;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of the vectors. Default: ${DEFAULT-VALUE}.")
  long seed = 1;

  @Option(names = "--quick", description = "Only see that it works: the figures are worth nothing.")
  boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to a file.")
  Optional<Path> json = Optional.empty();

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Where to write meanwhile. Default: .vecraft/bench of the installation.")
  Optional<Path> work = Optional.empty();

  @Override
  public Integer call() throws Exception {
    if (divisor < 1 || divisor > 100) {
      throw new UsageException("--divisor must be 1 to 100");
    }
    var report =
        Matrix.run(
            new Matrix.Plan(divisor, seed, quick),
            work.orElseGet(BenchCommand::usualWork),
            BenchCommand.screen(spec));
    if (json.isPresent()) {
      Files.write(json.get(), Api.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(report));
    }
    return ExitCodes.OK;
  }
}
