package io.vecraft.cluster.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Networks of the processes of a local cluster: a network namespace each, joined by a bridge in one
 * more, where no firewall of the machine has a say; the machine itself is joined to it too. Traffic
 * from one process to another is cut by a black-hole route in the sender's namespace, so that a cut
 * may be in one direction alone. Needs root and the program {@code ip}.
 */
final class LocalNetwork {
  private static final long COMMAND_SECONDS = 10;

  private static final String BRIDGE = "bridge0";

  private final String hub;
  private final String machine;
  private final String prefix;
  private final int subnet;

  /**
   * Names of a cluster's networks.
   *
   * @param subnet 0 to 255: the third part of {@code 10.231.N.0/24}
   */
  LocalNetwork(int subnet) {
    this.subnet = subnet;
    this.hub = "vecraft" + subnet;
    this.machine = "v%dm".formatted(subnet);
    this.prefix = "vc" + subnet + "-";
  }

  /** A network that nobody has on this machine, 1 to 254. */
  static int free() {
    while (true) {
      int candidate = ThreadLocalRandom.current().nextInt(1, 255);
      if (!Files.exists(Path.of("/sys/class/net", new LocalNetwork(candidate).machine))) {
        return candidate;
      }
    }
  }

  /**
   * Why this process cannot make networks that reach each other; empty when it can, which is tried.
   */
  static Optional<String> problem() {
    var network = new LocalNetwork(free());
    var names = List.of("a", "b");
    try {
      network.create(names);
      try {
        // Nobody listens there: that it is told so shows that it has got there and back.
        String told =
            run(
                network.inside(
                    "a",
                    List.of(
                        "timeout", "5", "bash", "-c", "</dev/tcp/" + network.address(1) + "/9")));
        return told.contains("refused")
            ? Optional.empty()
            : Optional.of("one network does not reach the other: " + told.strip());
      } finally {
        network.delete(names);
      }
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Address of the n-th process, from 0. */
  String address(int n) {
    return "10.231.%d.%d".formatted(subnet, n + 2);
  }

  /** Makes the bridge and a namespace for each name, in their order. */
  void create(List<String> names) throws IOException {
    delete(names);
    ip("netns", "add", hub);
    ip("-n", hub, "link", "add", BRIDGE, "type", "bridge");
    ip("-n", hub, "link", "set", BRIDGE, "up");
    ip("link", "add", machine, "type", "veth", "peer", "name", "outside", "netns", hub);
    ip("-n", hub, "link", "set", "outside", "master", BRIDGE);
    ip("-n", hub, "link", "set", "outside", "up");
    ip("addr", "add", "10.231.%d.1/24".formatted(subnet), "dev", machine);
    ip("link", "set", machine, "up");
    for (int n = 0; n < names.size(); n++) {
      String space = prefix + names.get(n);
      String outside = "p" + n;
      ip("netns", "add", space);
      ip("-n", hub, "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space);
      ip("-n", hub, "link", "set", outside, "master", BRIDGE);
      ip("-n", hub, "link", "set", outside, "up");
      ip("-n", space, "addr", "add", address(n) + "/24", "dev", "eth0");
      ip("-n", space, "link", "set", "eth0", "up");
      ip("-n", space, "link", "set", "lo", "up");
    }
  }

  /** Removes everything; what is not there is no error. */
  void delete(List<String> names) throws IOException {
    for (String name : names) {
      run(List.of("ip", "netns", "del", prefix + name));
    }
    run(List.of("ip", "link", "del", machine));
    run(List.of("ip", "netns", "del", hub));
  }

  /** The command, run in the process's namespace. */
  List<String> inside(String name, List<String> command) {
    var all = new ArrayList<>(List.of("ip", "netns", "exec", prefix + name));
    all.addAll(command);
    return all;
  }

  /** Nothing that {@code from} sends reaches {@code address} any more. */
  void cut(String from, String address) throws IOException {
    ip("-n", prefix + from, "route", "replace", "blackhole", address + "/32");
  }

  /** Undoes {@link #cut}; one that was not cut is no error. */
  void join(String from, String address) throws IOException {
    run(List.of("ip", "-n", prefix + from, "route", "del", "blackhole", address + "/32"));
  }

  /** Whether what {@code from} sends to {@code address} is cut, by the word of the kernel. */
  boolean isCut(String from, String address) throws IOException {
    return !run(List.of("ip", "-n", prefix + from, "route", "get", address)).isEmpty();
  }

  private static void ip(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    String output = run(command);
    if (!output.isEmpty()) {
      throw new IOException(String.join(" ", command) + ": " + output.strip());
    }
  }

  /** Empty when it went well, else what it said. */
  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "it does not end";
      }
      int code = process.exitValue();
      return code == 0 ? "" : output.isBlank() ? "exit code " + code : output;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
