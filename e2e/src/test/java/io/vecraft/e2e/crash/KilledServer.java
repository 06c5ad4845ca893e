package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.e2e.http.Rest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
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
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A short life: what the compiler of hot code would do comes too late anyway.
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-ea"));
    command.addAll(modules());
    command.addAll(List.of("-cp", classPath(), "io.vecraft.standalone.cli.Vecraft", "standalone"));
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

  private static List<String> modules() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag ->
            flag.startsWith("--add-modules")
                || flag.startsWith("--enable-native-access")
                || flag.startsWith("--sun-misc-unsafe"))
        .toList();
  }

  private static String classPath() {
    String ofSurefire = System.getProperty("surefire.test.class.path", "");
    return ofSurefire.isEmpty() ? System.getProperty("java.class.path") : ofSurefire;
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
