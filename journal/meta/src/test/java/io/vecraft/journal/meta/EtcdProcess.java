package io.vecraft.journal.meta;

import io.vecraft.net.FreePorts;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real etcd of one member, as a child process. The program is the one that the environment
 * variable VECRAFT_ETCD names, else {@code etcd} on the PATH; the test command sees to it that
 * there is one.
 */
final class EtcdProcess implements AutoCloseable {
  private final Path data;
  private final int clientPort;
  private final int peerPort;
  private final List<String> options;
  private Process process;

  private EtcdProcess(Path data, List<String> options) {
    this.data = data;
    this.options = options;
    clientPort = FreePorts.next();
    peerPort = FreePorts.next();
  }

  /** Starts it; the options come after those of the address and the data. */
  static EtcdProcess start(Path data, String... options) throws IOException, InterruptedException {
    var etcd = new EtcdProcess(data, List.of(options));
    etcd.start();
    return etcd;
  }

  void start() throws IOException, InterruptedException {
    String scheme = options.contains("--client-cert-auth") ? "https" : "http";
    String client = scheme + "://127.0.0.1:" + clientPort;
    String peer = "http://127.0.0.1:" + peerPort;
    var command = new ArrayList<String>(List.of(program().toString()));
    command.addAll(List.of("--name", "one", "--data-dir", data.resolve("etcd").toString()));
    command.addAll(List.of("--listen-client-urls", client, "--advertise-client-urls", client));
    command.addAll(List.of("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer));
    command.addAll(List.of("--initial-cluster", "one=" + peer, "--log-level", "error"));
    command.addAll(options);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(data.resolve("etcd.log").toFile())
            .start();
    long until = System.nanoTime() + 60_000_000_000L;
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() > until) {
        throw new IOException("etcd did not start: " + Files.readString(data.resolve("etcd.log")));
      }
      Thread.sleep(20);
    }
  }

  private boolean listens() {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), clientPort)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static Path program() throws IOException {
    Optional<String> named = Optional.ofNullable(System.getenv("VECRAFT_ETCD"));
    if (named.isPresent()) {
      return Path.of(named.get());
    }
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, "etcd"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () -> new IOException("there is no etcd on the PATH and VECRAFT_ETCD names none"));
  }

  URI endpoint(String scheme) {
    return URI.create(scheme + "://127.0.0.1:" + clientPort);
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
