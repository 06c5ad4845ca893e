package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.index.vector.Quantization;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The index beside hnswlib: one thread each, the same vectors, M and efConstruction, each engine in
 * a process of its own, in turns, so that a machine whose speed changes does so for all.
 */
final class HnswlibPart {
  /** Who is compared. */
  private enum Engine {
    HNSWLIB("hnswlib float32"),
    FLOAT32("vecraft float32"),
    LVQ8("vecraft lvq8");

    private final String title;

    Engine(String title) {
      this.title = title;
    }
  }

  private record Point(int ef, double recall, double perSecond) implements Efs.Point {}

  /**
   * @param buildThreadSeconds without the compiler and the collector of a JVM
   */
  private record Run(double buildCpuSeconds, double buildThreadSeconds, List<Point> points) {}

  private final BenchPlan plan;
  private final PythonSide python;
  private final Screen screen;
  private final Report.Table table;

  private HnswlibPart(BenchPlan plan, PythonSide python, Report report) {
    this.plan = plan;
    this.python = python;
    this.screen = report.screen();
    this.table =
        report.part(
            "hnswlib",
            "Beside hnswlib: one thread, M %d, efConstruction %d, CPU time of the process"
                .formatted(IndexRun.M, IndexRun.EF_CONSTRUCTION));
  }

  /**
   * @param kept where Python's environment and the real data sets stay for the next run
   * @param scratch for the generated ones
   */
  static void run(BenchPlan plan, Path kept, Path scratch, Report report) throws IOException {
    PythonSide python = PythonSide.open(kept, report.screen());
    var part = new HnswlibPart(plan, python, report);
    for (int dimension : plan.dimensions()) {
      Path set = DataSet.generated(plan, dimension).save(scratch);
      part.compare(set);
      WorkDirectory.delete(set);
    }
    if (!plan.size().quick()) {
      for (Path set : part.realSets(kept.resolve("sets"))) {
        part.compare(set);
      }
    }
    part.table.show();
  }

  private List<Path> realSets(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    if (!Files.exists(sources)) {
      throw new IOException("the JDK has no sources at " + sources);
    }
    python.script("real_sets.py", List.of(directory.toString(), sources.toString()));
    try (Stream<Path> sets = Files.list(directory)) {
      List<Path> found =
          sets.filter(s -> Files.exists(s.resolve("base.npy")))
              .filter(s -> !s.toString().endsWith(".part"))
              .sorted()
              .toList();
      for (Path set : found) {
        if (!Files.exists(set.resolve("worst.npy"))) {
          NpyFile.write(set.resolve("worst.npy"), DataSet.load(set).worst());
        }
      }
      return found;
    }
  }

  private void compare(Path set) throws IOException {
    Map<Engine, List<Run>> runs = new EnumMap<>(Engine.class);
    for (int round = 0; round < plan.size().rounds(); round++) {
      screen.working("%s, round %d".formatted(set.getFileName(), round + 1));
      for (Engine engine : Engine.values()) {
        runs.computeIfAbsent(engine, e -> new ArrayList<>()).add(run(engine, set));
      }
    }
    for (Engine engine : Engine.values()) {
      List<Run> own = runs.getOrDefault(engine, List.of());
      List<Run> other = runs.getOrDefault(Engine.HNSWLIB, List.of());
      Report.Row row =
          table.row().put("set", set.getFileName().toString()).put("engine", engine.title);
      double build = leastBuild(own);
      row.put("build cpu s", build).put("x", leastBuild(other) / build);
      double thread = leastThread(own);
      row.put("build thread s", thread).put("x thread", leastThread(other) / thread);
      row.put("build spread", spread(own.stream().map(Run::buildCpuSeconds).toList()));
      for (double recall : Efs.RECALLS) {
        double best = best(own, recall);
        row.put("qps@" + recall, best).put("x@" + recall, best / best(other, recall));
        row.put(
            "spread@" + recall,
            spread(own.stream().map(r -> Efs.perSecondAt(r.points, recall)).toList()));
      }
    }
  }

  private static double leastBuild(List<Run> runs) {
    return runs.stream().mapToDouble(Run::buildCpuSeconds).min().orElse(0);
  }

  private static double leastThread(List<Run> runs) {
    return runs.stream().mapToDouble(Run::buildThreadSeconds).min().orElse(0);
  }

  private static double best(List<Run> runs, double recall) {
    return runs.stream().mapToDouble(r -> Efs.perSecondAt(r.points, recall)).max().orElse(0);
  }

  /** Largest over smallest. */
  private static double spread(List<Double> values) {
    double max = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double min = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    return min > 0 ? max / min : 0;
  }

  private Run run(Engine engine, Path set) throws IOException {
    JsonNode result =
        PythonSide.lastLine(
            switch (engine) {
              case HNSWLIB -> hnswlib(set);
              case FLOAT32 -> vecraft(set, Quantization.NONE);
              case LVQ8 -> vecraft(set, Quantization.LVQ8);
            });
    List<Point> points = new ArrayList<>();
    for (JsonNode point : result.path("points")) {
      points.add(
          new Point(
              point.path("ef").asInt(),
              point.path("recall").asDouble(),
              point.path("perSecond").asDouble()));
    }
    double build = result.path("buildCpuSeconds").asDouble();
    return new Run(build, result.path("buildThreadSeconds").asDouble(build), points);
  }

  private String hnswlib(Path set) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                set.toString(),
                Integer.toString(IndexRun.M),
                Integer.toString(IndexRun.EF_CONSTRUCTION),
                Integer.toString(plan.size().passes()),
                Double.toString(Efs.ENOUGH)));
    Efs.tried().forEach(ef -> arguments.add(Integer.toString(ef)));
    return python.script("hnswlib_run.py", arguments);
  }

  private String vecraft(Path set, Quantization codes) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith("-javaagent"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(IndexRun.class.getName(), set.toString(), codes.name()));
    command.add(Integer.toString(plan.size().passes()));
    return python.run(command);
  }
}
