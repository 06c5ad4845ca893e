package io.vecraft.cluster.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Networks of the processes of a local cluster: a network namespace each, joined by a bridge.
 * Traffic from one process to another is cut by a black-hole route in the sender's namespace, so
 * that a cut may be in one direction alone. Needs root and the program {@code ip}.
 */
final class LocalNetwork {
  private static final long COMMAND_SECONDS = 10;

  private final String bridge;
  private final String prefix;
  private final int subnet;

  /**
   * Names of a cluster's networks.
   *
   * @param subnet 0 to 255: the third part of {@code 10.231.N.0/24}
   */
  LocalNetwork(int subnet) {
    this.subnet = subnet;
    this.bridge = "vecraft" + subnet;
    this.prefix = "vc" + subnet + "-";
  }

  /** Address of the n-th process, from 0. */
  String address(int n) {
    return "10.231.%d.%d".formatted(subnet, n + 2);
  }

  /** Makes the bridge and a namespace for each name, in their order. */
  void create(List<String> names) throws IOException {
    delete(names);
    ip("link", "add", bridge, "type", "bridge");
    ip("addr", "add", "10.231.%d.1/24".formatted(subnet), "dev", bridge);
    ip("link", "set", bridge, "up");
    for (int n = 0; n < names.size(); n++) {
      String space = prefix + names.get(n);
      String outside = "v%do%d".formatted(subnet, n);
      String inside = "v%di%d".formatted(subnet, n);
      ip("netns", "add", space);
      ip("link", "add", outside, "type", "veth", "peer", "name", inside);
      ip("link", "set", outside, "master", bridge);
      ip("link", "set", outside, "up");
      ip("link", "set", inside, "netns", space);
      ip("-n", space, "addr", "add", address(n) + "/24", "dev", inside);
      ip("-n", space, "link", "set", inside, "up");
      ip("-n", space, "link", "set", "lo", "up");
    }
  }

  /** Removes everything; what is not there is no error. */
  void delete(List<String> names) throws IOException {
    for (String name : names) {
      run(List.of("ip", "netns", "del", prefix + name));
    }
    run(List.of("ip", "link", "del", bridge));
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
