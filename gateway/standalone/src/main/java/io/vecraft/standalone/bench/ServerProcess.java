package io.vecraft.standalone.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A standalone in a process of its own, so that its CPU time and memory are not mixed with the
 * driver's. It runs with the Java flags and class path of this process, on one core where {@code
 * taskset} can see to that.
 */
final class ServerProcess implements AutoCloseable {
  private static final Pattern ENDPOINT = Pattern.compile("ready at (https?://\\S+)");

  /** Flags that are this process's own: its heap, and agents that look at it. */
  private static final List<String> NOT_INHERITED = List.of("-Xmx", "-javaagent", "-agentlib");

  /** Heap of the server. */
  static final String HEAP = Optional.ofNullable(System.getenv("VECRAFT_HEAP")).orElse("1g");

  /** Counted before anything is pinned. */
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final Process process;
  private final int port;
  private final double startSeconds;
  private boolean pinned;

  private ServerProcess(Process process, int port, double startSeconds, boolean pinned) {
    this.process = process;
    this.port = port;
    this.startSeconds = startSeconds;
    this.pinned = pinned;
  }

  /**
   * Starts it; returns once it has printed its endpoint.
   *
   * @param flags of {@code standalone}; without {@code --port} it takes a free one
   */
  static ServerProcess start(Path data, boolean pin, List<String> flags) throws IOException {
    boolean pinned = pin && canPin();
    var command = new ArrayList<String>();
    if (pinned) {
      command.addAll(List.of("taskset", "-c", "0"));
    }
    command.addAll(program(HEAP));
    command.add("standalone");
    command.addAll(List.of("--data", data.toString()));
    if (!flags.contains("--port")) {
      command.addAll(List.of("--port", "0"));
    }
    command.addAll(flags);
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .redirectError(data.resolveSibling("server.log").toFile())
            .start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher endpoint = ENDPOINT.matcher(line);
      if (endpoint.find()) {
        double seconds = (System.nanoTime() - begin) / 1e9;
        drain(out);
        return new ServerProcess(process, URI.create(endpoint.group(1)).getPort(), seconds, pinned);
      }
    }
    process.destroyForcibly();
    throw new IOException(
        "the server ended before it was ready: "
            + Files.readString(data.resolveSibling("server.log")));
  }

  /** Lets this process run on the other core only, or on all again. */
  static void pinDriver(boolean alone) {
    if (CORES >= 2) {
      pin(ProcessHandle.current().pid(), (alone ? "1-" : "0-") + (CORES - 1));
    }
  }

  /** Moves the server to core 0, with all its threads; returns whether that could be done. */
  boolean pinToOneCore() {
    pinned = CORES >= 2 && pin(process.pid(), "0");
    return pinned;
  }

  private static boolean pin(long pid, String cores) {
    try {
      return new ProcessBuilder("taskset", "-a", "-p", "-c", cores, Long.toString(pid))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What runs {@code vecraft} in another process, with the Java flags of this one. */
  static List<String> program(String heap) {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> NOT_INHERITED.stream().noneMatch(argument::startsWith))
        .forEach(command::add);
    command.add("-Xmx" + heap);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.vecraft.standalone.cli.Vecraft");
    return command;
  }

  private static boolean canPin() {
    if (Runtime.getRuntime().availableProcessors() < 2) {
      return false;
    }
    try {
      return new ProcessBuilder("taskset", "-c", "0", "true").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void drain(BufferedReader out) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            out.transferTo(java.io.Writer.nullWriter());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  int port() {
    return port;
  }

  boolean pinned() {
    return pinned;
  }

  /** From the start of the process to its endpoint. */
  double startSeconds() {
    return startSeconds;
  }

  /** CPU time used so far, user and system. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Resident memory, MiB; -1 where the system does not tell. */
  long residentMib() {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    try (var lines = Files.lines(status)) {
      return lines
          .filter(l -> l.startsWith("VmRSS:"))
          .findFirst()
          .map(l -> Long.parseLong(l.replaceAll("\\D", "")) >> 10)
          .orElse(-1L);
    } catch (IOException | UncheckedIOException e) {
      return -1;
    }
  }

  /** Ends it without any chance to tidy up. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
