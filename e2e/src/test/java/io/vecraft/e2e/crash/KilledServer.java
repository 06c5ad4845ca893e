package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.e2e.http.Rest;
import io.vecraft.e2e.program.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A standalone in a process of its own, of the classes that the tests run with, to be killed with
 * SIGKILL. Its log goes to a file beside the data directory.
 */
final class KilledServer implements AutoCloseable {
  private static final Pattern ENDPOINT = Pattern.compile("ready at (http\\S+)");

  private final Process process;

  private KilledServer(Process process) {
    this.process = process;
  }

  /** Starts a process; it is not waited for. */
  static KilledServer launch(Path data, long checkpointIntervalMs) throws IOException {
    var command = new ArrayList<>(Program.command("512m"));
    command.add("standalone");
    command.addAll(List.of("--data", data.toString(), "--port", "0", "--replicas", "2"));
    command.addAll(List.of("--checkpoint-interval-ms", Long.toString(checkpointIntervalMs)));
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log(data).toFile()))
            .start();
    return new KilledServer(process);
  }

  /** The log of all processes that have used the directory. */
  static Path log(Path data) {
    return data.resolveSibling(data.getFileName() + ".log");
  }

  /** What the processes that have used the directory complained of: warnings and errors. */
  static List<String> complaints(Path data) throws IOException {
    List<String> complaints = new ArrayList<>();
    for (String line : Files.readAllLines(log(data))) {
      boolean json = line.startsWith("{") && line.endsWith("}");
      // A line that is no JSON is of the JVM, or was cut off by the kill.
      JsonNode event = json ? Rest.JSON.readTree(line) : Rest.object();
      if (Set.of("WARN", "ERROR").contains(event.path("level").asText())) {
        complaints.add(
            event.path("level").asText() + " " + event.path("formattedMessage").asText());
      }
    }
    return complaints;
  }

  /** Waits until it says where it answers. */
  URI awaitReady(Path data) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher ready = ENDPOINT.matcher(line);
      if (ready.find()) {
        drain(out);
        return URI.create(ready.group(1));
      }
    }
    throw new AssertionError(
        "the server ended before it was ready: " + Files.readString(log(data)));
  }

  private static void drain(BufferedReader out) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            out.transferTo(java.io.Writer.nullWriter());
          } catch (IOException | UncheckedIOException e) {
            // The process is gone.
          }
        });
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Asks it to end in an orderly way; it is not waited for. */
  void terminate() {
    process.destroy();
  }

  /** SIGKILL. */
  void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
