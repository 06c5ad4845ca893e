package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.standalone.StandaloneConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A standalone that runs as a process of its own, so that it can outlive the command that started
 * it. A file in its directory says where it listens.
 */
final class ServerProcess {
  private static final Pattern READY = Pattern.compile("ready at (http\\S+)");
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  private final ProcessHandle process;
  private final URI endpoint;
  private final Path directory;
  private final boolean found;

  private ServerProcess(ProcessHandle process, URI endpoint, Path directory, boolean found) {
    this.process = process;
    this.endpoint = endpoint;
    this.directory = directory;
    this.found = found;
  }

  URI endpoint() {
    return endpoint;
  }

  long pid() {
    return process.pid();
  }

  /** Whether it ran already. */
  boolean found() {
    return found;
  }

  /** The server of an earlier run if it still answers, otherwise a new one. */
  static ServerProcess findOrStart(Path launcher, Path directory) throws IOException {
    Files.createDirectories(directory);
    Optional<ServerProcess> running = find(directory);
    return running.isPresent() ? running.get() : start(launcher, directory);
  }

  private static Optional<ServerProcess> find(Path directory) {
    try {
      Path file = directory.resolve("server.json");
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      JsonNode server = Api.JSON.readTree(Files.readAllBytes(file));
      URI endpoint = URI.create(server.path("endpoint").asText());
      Optional<ProcessHandle> process =
          ProcessHandle.of(server.path("pid").asLong()).filter(ProcessHandle::isAlive);
      if (process.isEmpty() || !ready(endpoint)) {
        return Optional.empty();
      }
      return Optional.of(new ServerProcess(process.get(), endpoint, directory, true));
    } catch (IOException e) {
      // A torn file of a run that was killed: as good as none.
      return Optional.empty();
    }
  }

  private static boolean ready(URI endpoint) throws IOException {
    Api api = new Api(endpoint, Optional.empty(), Duration.ofSeconds(2), Duration.ZERO);
    try (api) {
      return api.probe("/readyz") == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static ServerProcess start(Path launcher, Path directory) throws IOException {
    Path log = directory.resolve("server.log");
    Process process =
        new ProcessBuilder(
                List.of(
                    launcher.toString(),
                    "standalone",
                    "--data",
                    directory.resolve("data").toString(),
                    "--port",
                    Integer.toString(port())))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    process.getOutputStream().close();
    long until = System.nanoTime() + START_LIMIT.toNanos();
    try {
      while (System.nanoTime() < until && process.isAlive()) {
        Matcher ready = READY.matcher(Files.readString(log));
        if (ready.find()) {
          URI endpoint = URI.create(ready.group(1));
          Files.write(
              directory.resolve("server.json"),
              Api.JSON.writeValueAsBytes(
                  Api.object().put("pid", process.pid()).put("endpoint", endpoint.toString())));
          return new ServerProcess(process.toHandle(), endpoint, directory, false);
        }
        Thread.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroy();
      throw new IOException("interrupted", e);
    }
    process.destroy();
    throw new IOException("the server did not start; its output is in " + log);
  }

  /** The default port when it is free, so that the other commands find the server; else any. */
  private static int port() {
    int usual = StandaloneConfig.DEFAULT_PORT;
    try (ServerSocket probe = new ServerSocket(usual, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Ends it in an orderly way and waits for that. */
  void stop() throws IOException {
    process.destroy();
    try {
      process.onExit().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
      Files.deleteIfExists(directory.resolve("server.json"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the server (process " + pid() + ") does not end", e);
    }
  }
}
