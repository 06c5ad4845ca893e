package io.vecraft.e2e.cluster;

import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.e2e.http.Rest;
import io.vecraft.e2e.program.Program;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A cluster of real processes whose networks can be cut, whose disks can be filled and whose clocks
 * can be moved, as far as the machine lets it.
 */
final class BreakableCluster implements AutoCloseable {
  /** For whatever has to happen sooner or later. */
  static final Duration PATIENCE = Duration.ofMinutes(4);

  private static final String REQUIRED = "VECRAFT_FAULTS";
  private static final int DISK_MIB = 96;
  private static final int RESERVE_BYTES = 8 << 20;
  private static final Set<String> STORING = Set.of("journal", "storage");
  private static final int LOG_LINES = 60;

  private final LocalCluster cluster;
  private final Set<Fault> possible;
  private final Map<String, SmallDisk> disks = new TreeMap<>();
  private final Path clocks;

  private BreakableCluster(LocalCluster cluster, Path directory, Set<Fault> possible) {
    this.cluster = cluster;
    this.possible = possible;
    this.clocks = directory.resolve("clocks");
  }

  /**
   * The faults that are possible here; says which are not, and why. With {@code
   * VECRAFT_FAULTS=required} all must be.
   *
   * @param scratch a directory to try in
   */
  static Set<Fault> possible(Path scratch) {
    Set<Fault> possible = EnumSet.allOf(Fault.class);
    LocalCluster.networksProblem().ifPresent(why -> leaveOut(possible, Fault.OF_NETWORKS, why));
    SmallDisk.problem(scratch.resolve("probe"))
        .ifPresent(why -> leaveOut(possible, Fault.OF_DISKS, why));
    return possible;
  }

  private static void leaveOut(Set<Fault> from, Set<Fault> faults, String why) {
    if ("required".equals(System.getenv(REQUIRED))) {
      throw new AssertionError("required, but not possible: " + faults + ": " + why);
    }
    System.out.printf("Left out: the faults %s, because %s%n", faults, why);
    from.removeAll(faults);
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param shape its networks are as the faults need them
   */
  static BreakableCluster start(Path directory, ClusterShape shape, Set<Fault> possible)
      throws IOException {
    boolean networks = possible.containsAll(Fault.OF_NETWORKS);
    var cut =
        new ClusterShape(
            shape.journals(),
            shape.storages(),
            shape.queries(),
            shape.gateways(),
            shape.controls(),
            shape.replicas(),
            shape.graceSeconds(),
            shape.dataPartitions(),
            shape.firstPort(),
            shape.heap(),
            shape.electionTimeoutMs(),
            networks);
    LocalCluster cluster =
        LocalCluster.create(directory, cut, Program.command(shape.heap()), Program.etcd());
    var breakable = new BreakableCluster(cluster, directory, possible);
    try {
      breakable.start(directory);
      return breakable;
    } catch (IOException | RuntimeException | Error e) {
      breakable.printLogs();
      breakable.close();
      throw e;
    }
  }

  private void start(Path directory) throws IOException {
    Files.createDirectories(clocks);
    for (LocalProcess process : cluster.processes()) {
      String name = process.name();
      if (STORING.contains(process.role()) && possible.containsAll(Fault.OF_DISKS)) {
        disks.put(name, SmallDisk.mount(directory.resolve("data").resolve(name), DISK_MIB));
      }
      var options = new ArrayList<String>();
      if (!process.role().equals("etcd")) {
        options.addAll(List.of("--clock-offset-file", clocks.resolve(name).toString()));
      }
      if (process.role().equals("journal")) {
        options.addAll(List.of("--disk-reserve-bytes", Integer.toString(RESERVE_BYTES)));
      }
      cluster.addOptions(name, options);
    }
    cluster.start();
    for (LocalProcess process : cluster.processes()) {
      cluster.awaitReady(process.name(), PATIENCE);
    }
  }

  /** The processes. */
  LocalCluster processes() {
    return cluster;
  }

  /** What may happen here. */
  Set<Fault> possible() {
    return possible;
  }

  /** Names of the processes of a role. */
  List<String> names(String role) {
    return cluster.processes().stream()
        .filter(p -> p.role().equals(role))
        .map(LocalProcess::name)
        .toList();
  }

  /** Names of all but one. */
  List<String> others(String name) {
    return cluster.processes().stream()
        .map(LocalProcess::name)
        .filter(n -> !n.equals(name))
        .toList();
  }

  /** The gateways. */
  List<URI> servers() {
    return cluster.endpoints().stream().map(URI::create).toList();
  }

  /** The key of clients, where they need one. */
  Optional<String> apiKey() throws IOException {
    Optional<Path> file = cluster.adminKey();
    return file.isPresent() ? Optional.of(Files.readString(file.get())) : Optional.empty();
  }

  /** A client of one gateway. */
  Rest rest(int gateway) throws IOException {
    return new Rest(servers().get(gateway), apiKey());
  }

  /** The disk of a process. */
  SmallDisk disk(String name) {
    return disks.get(name);
  }

  /** Moves the clock of a process; 0 sets it right. */
  void moveClock(String name, long millis) throws IOException {
    Files.writeString(clocks.resolve(name), Long.toString(millis));
  }

  /** Milliseconds since the epoch, as a process takes it; empty when it does not answer. */
  Optional<Long> machineMillis(String name) {
    URI metrics = URI.create(cluster.process(name).health()).resolve("/metrics");
    try {
      var connection = metrics.toURL().openConnection();
      connection.setConnectTimeout(2_000);
      connection.setReadTimeout(2_000);
      try (var body = connection.getInputStream()) {
        return new String(body.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("vecraft_machine_time_seconds "))
            .map(line -> (long) (Double.parseDouble(line.substring(line.indexOf(' '))) * 1e3))
            .findFirst();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Prints how the output of every process ends. */
  void printLogs() throws IOException {
    for (LocalProcess process : cluster.processes()) {
      if (Files.exists(process.log())) {
        List<String> lines = Files.readAllLines(process.log());
        System.out.println("== " + process.name());
        lines.stream().skip(Math.max(0, lines.size() - LOG_LINES)).forEach(System.out::println);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      cluster.down();
    } finally {
      for (SmallDisk disk : disks.values()) {
        disk.unmount();
      }
    }
  }
}
