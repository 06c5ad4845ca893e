package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The measurements of {@code vecraft bench}, one after the other. */
public final class Bench {
  private Bench() {}

  /** What stays for the next run, and what goes with this one. */
  private record Directories(Path kept, Path scratch) {}

  /**
   * Measures what is planned and shows each part when it is done.
   *
   * @param work an empty or missing directory on the disk to measure; emptied again
   * @return the machine and all that was shown
   */
  public static ObjectNode run(BenchPlan plan, Path work, Screen screen) throws IOException {
    Report report = new Report(screen);
    ObjectNode root = report.root();
    root.set("machine", Report.JSON.valueToTree(Machine.describe()));
    root.put("seed", plan.seed()).put("quick", plan.size().quick());
    screen.line("Machine: " + root.get("machine"));
    screen.line("Seed: " + plan.seed());
    Files.createDirectories(work);
    Path scratch = Files.createTempDirectory(work, "run-");
    try {
      for (BenchPlan.Part part : BenchPlan.Part.values()) {
        if (plan.has(part)) {
          run(part, plan, new Directories(work, scratch), report);
        }
      }
    } finally {
      WorkDirectory.delete(scratch);
    }
    root.set("load_average_at_end", Report.JSON.valueToTree(Machine.loadAverage()));
    return root;
  }

  private static void run(
      BenchPlan.Part part, BenchPlan plan, Directories directories, Report report)
      throws IOException {
    Path scratch = directories.scratch;
    switch (part) {
      case JOURNAL -> JournalPart.run(plan, scratch, report);
      case REPLICATION -> ReplicationPart.run(plan, scratch, report);
      case SEARCH -> LibraryPart.run(plan, report);
      case INGEST -> {
        // With searches asked for as well, one server serves both.
        if (!plan.has(BenchPlan.Part.PROTOCOL)) {
          ServerPart.run(plan, scratch, report);
        }
      }
      case PROTOCOL -> ServerPart.run(plan, scratch, report);
      case CONSISTENCY -> ConsistencyPart.run(plan, scratch, report);
      case HNSWLIB -> HnswlibPart.run(plan, directories.kept, scratch, report);
    }
  }
}
