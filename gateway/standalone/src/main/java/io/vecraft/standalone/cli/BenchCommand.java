package io.vecraft.standalone.cli;

import io.vecraft.standalone.bench.Bench;
import io.vecraft.standalone.bench.BenchPlan;
import io.vecraft.standalone.bench.Screen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measure this machine: what docs/benchmarks.md reports.",
    subcommands = {BenchMillionCommand.class, BenchMatrixCommand.class})
final class BenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description = "Of ${COMPLETION-CANDIDATES}, separated by commas; all by default.")
  Set<BenchPlan.Part> only = EnumSet.noneOf(BenchPlan.Part.class);

  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to a file.")
  Optional<Path> json = Optional.empty();

  @Option(
      names = "--quick",
      description = "Only see that everything works: the figures are worth nothing.")
  boolean quick;

  @Option(
      names = "--dimensions",
      split = ",",
      paramLabel = "N",
      description = "Of the generated data sets. Default: 128,384,784,1536.")
  List<Integer> dimensions = List.of();

  @Option(
      names = "--vectors",
      paramLabel = "N",
      description = "Vectors of each data set. Default: 100,000, fewer of long ones.")
  Optional<Integer> vectors = Optional.empty();

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of everything that is generated. Default: ${DEFAULT-VALUE}.")
  long seed = 1;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      paramLabel = "N",
      description = "Turns of each engine beside hnswlib. Default: ${DEFAULT-VALUE}.")
  int rounds = 3;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Where to write while measuring. Default: .vecraft/bench of the installation.")
  Optional<Path> work = Optional.empty();

  @Override
  public Integer call() throws Exception {
    var report = Bench.run(plan(), work.orElseGet(BenchCommand::usualWork), screen(spec));
    if (json.isPresent()) {
      Files.write(json.get(), Api.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(report));
    }
    return ExitCodes.OK;
  }

  private BenchPlan plan() {
    List<Integer> usual = quick ? List.of(32) : BenchPlan.DIMENSIONS;
    BenchPlan plan =
        new BenchPlan(
            only.isEmpty() ? EnumSet.allOf(BenchPlan.Part.class) : only,
            dimensions.isEmpty() ? usual : dimensions,
            vectors,
            seed,
            new BenchPlan.Size(quick, rounds));
    plan.problem()
        .ifPresent(problem -> {
          throw new UsageException(problem);
        });
    return plan;
  }

  /** Where to write while measuring, unless told otherwise. */
  static Path usualWork() {
    return Path.of(System.getProperty("vecraft.home", "."), ".vecraft", "bench");
  }

  /** What shows a report on the output of a command. */
  static Screen screen(CommandSpec spec) {
    Output out = new Output(spec.commandLine().getOut());
    return new Screen() {
      @Override
      public void line(String text) {
        out.line("%s", text);
      }

      @Override
      public void working(String text) {
        spec.commandLine().getErr().println(text);
      }

      @Override
      public void table(List<String> header, List<List<String>> rows) {
        out.table(header, rows);
      }
    };
  }
}
