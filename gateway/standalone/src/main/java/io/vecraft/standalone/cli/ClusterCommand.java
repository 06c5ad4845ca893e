package io.vecraft.standalone.cli;

import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A whole cluster of processes on this machine. */
@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    description = "Run a whole cluster of processes on this machine, and break it.",
    subcommands = {
      ClusterCommand.Up.class,
      ClusterCommand.Status.class,
      ClusterAdd.class,
      ClusterRemove.class,
      ClusterCommand.Kill.class,
      ClusterCommand.Pause.class,
      ClusterCommand.Resume.class,
      ClusterCommand.Restart.class,
      ClusterRoll.class,
      ClusterCommand.Partition.class,
      ClusterCommand.Heal.class,
      ClusterCommand.Down.class,
      CommandLine.HelpCommand.class
    })
final class ClusterCommand implements Runnable {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** Where the cluster is. */
  static final class Place {
    @Option(
        names = "--directory",
        paramLabel = "DIR",
        defaultValue = ".vecraft/cluster",
        description = "Where its data and logs are. Default: ${DEFAULT-VALUE}.")
    Path directory = Path.of(".vecraft/cluster");

    LocalCluster cluster() {
      try {
        return LocalCluster.find(directory)
            .orElseThrow(() ->
                new UsageException(
                    "there is no cluster in " + directory + "; 'vecraft cluster up' makes one"));
      } catch (IOException e) {
        throw new UncheckedIOException("the cluster in " + directory + " cannot be read", e);
      }
    }
  }

  /** What is done with a cluster that is there. */
  abstract static class Action implements Callable<Integer> {
    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin Place place = new Place();

    abstract void run(LocalCluster cluster, Output out) throws IOException;

    @Override
    public final Integer call() throws IOException {
      try {
        run(place.cluster(), new Output(spec.commandLine().getOut()));
      } catch (IllegalArgumentException e) {
        throw new UsageException(Optional.ofNullable(e.getMessage()).orElse("wrong argument"));
      }
      return ExitCodes.OK;
    }
  }

  /** What is done with one process. */
  abstract static class OneAction extends Action {
    @Parameters(paramLabel = "NAME", description = "The process, as 'status' names it.")
    String name = "";
  }

  @Command(
      name = "up",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Start etcd and the processes; those that run already are left alone.")
  static final class Up implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin Place place = new Place();

    @Option(
        names = "--journal",
        defaultValue = "3",
        paramLabel = "N",
        description = "Journal nodes.")
    int journals = 3;

    @Option(
        names = "--storage",
        defaultValue = "3",
        paramLabel = "N",
        description = "Storage nodes.")
    int storages = 3;

    @Option(
        names = "--query",
        defaultValue = "2",
        paramLabel = "N",
        description = "Query processors.")
    int queries = 2;

    @Option(names = "--gateways", defaultValue = "2", paramLabel = "N", description = "Gateways.")
    int gateways = 2;

    @Option(
        names = "--control",
        defaultValue = "1",
        paramLabel = "N",
        description = "Control processes, of which one controls; 0 for none.")
    int controls = 1;

    @Option(
        names = "--replicas",
        defaultValue = "2",
        paramLabel = "N",
        description = "Storage nodes that have each shard, where a collection says nothing.")
    int replicas = 2;

    @Option(
        names = "--grace-s",
        defaultValue = "300",
        paramLabel = "SECONDS",
        description =
            "How long a storage node may be away before its replicas are made elsewhere. Default:"
                + " ${DEFAULT-VALUE}.")
    int graceSeconds = 300;

    @Option(
        names = "--data-partitions",
        defaultValue = "2",
        paramLabel = "N",
        description = "Journal partitions for data.")
    int dataPartitions = 2;

    @Option(
        names = "--port",
        defaultValue = "8750",
        paramLabel = "PORT",
        description = "Public port of the first gateway; 0 picks free ones. Default: 8750.")
    int port = 8750;

    @Option(
        names = "--heap",
        defaultValue = "384m",
        paramLabel = "SIZE",
        description = "Heap of each process. Default: ${DEFAULT-VALUE}.")
    String heap = "384m";

    @Option(
        names = "--election-timeout-ms",
        defaultValue = "1000",
        paramLabel = "MS",
        description = "After so long without a leader a partition elects one. Default: 1000.")
    int electionTimeoutMs = 1_000;

    @Option(
        names = "--namespaces",
        description = "Give each process a network of its own, which can be cut; needs root.")
    boolean namespaces;

    @Override
    public Integer call() throws IOException {
      Output out = new Output(spec.commandLine().getOut());
      LocalCluster cluster = findOrCreate();
      cluster.start();
      for (LocalProcess process : cluster.processes()) {
        cluster.awaitReady(process.name(), PATIENCE);
        out.line("%-12s ready", process.name());
      }
      out.line("Vecraft is ready at %s", String.join(" ", cluster.endpoints()));
      cluster
          .adminKey()
          .ifPresent(key -> out.line("API keys are required; the first is in %s", key));
      return ExitCodes.OK;
    }

    private LocalCluster findOrCreate() throws IOException {
      Optional<LocalCluster> found = LocalCluster.find(place.directory);
      if (found.isPresent()) {
        return found.get();
      }
      try {
        var shape =
            new ClusterShape(
                journals,
                storages,
                queries,
                gateways,
                controls,
                replicas,
                graceSeconds,
                dataPartitions,
                port,
                heap,
                electionTimeoutMs,
                namespaces);
        return LocalCluster.create(place.directory, shape, List.of(launcher().toString()), etcd());
      } catch (IllegalArgumentException e) {
        throw new UsageException(Optional.ofNullable(e.getMessage()).orElse("wrong argument"));
      }
    }

    private static Path launcher() {
      return Path.of(System.getProperty("vecraft.home", "."), "vecraft")
          .toAbsolutePath()
          .normalize();
    }

    private static Path etcd() {
      String named = System.getenv("VECRAFT_ETCD");
      if (named != null) {
        return Path.of(named);
      }
      return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
          .map(directory -> Path.of(directory, "etcd"))
          .filter(Files::isExecutable)
          .findFirst()
          .orElseThrow(() ->
              new UsageException(
                  "a cluster needs etcd: install it, or name the program in VECRAFT_ETCD"));
    }
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Show the processes, whether they are ready, and where replicas are.")
  static final class Status extends Action {
    @Override
    void run(LocalCluster cluster, Output out) {
      var rows = new ArrayList<List<String>>();
      for (LocalProcess process : cluster.processes()) {
        boolean runs = process.handle().isPresent();
        rows.add(
            List.of(
                process.name(),
                process.role(),
                runs ? Long.toString(process.pid()) : "-",
                !runs ? "down" : cluster.isReady(process.name()) ? "ready" : "not ready",
                process.log().toString()));
      }
      out.table(List.of("NAME", "ROLE", "PID", "STATE", "LOG"), rows);
      ClusterPlacement.show(cluster, out);
    }
  }

  @Command(
      name = "kill",
      mixinStandardHelpOptions = true,
      description = "End a process at once, as a crash does; 'restart' brings it back.")
  static final class Kill extends OneAction {
    @Override
    void run(LocalCluster cluster, Output out) throws IOException {
      cluster.signal(name, LocalCluster.Signal.KILL);
      out.line("%s is killed", name);
    }
  }

  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "Stop a process where it is.")
  static final class Pause extends OneAction {
    @Override
    void run(LocalCluster cluster, Output out) throws IOException {
      cluster.signal(name, LocalCluster.Signal.STOP);
      out.line("%s is paused", name);
    }
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Let a paused process go on.")
  static final class Resume extends OneAction {
    @Override
    void run(LocalCluster cluster, Output out) throws IOException {
      cluster.signal(name, LocalCluster.Signal.CONT);
      out.line("%s goes on", name);
    }
  }

  @Command(
      name = "restart",
      mixinStandardHelpOptions = true,
      description = "End a process in order if it runs, start it and wait until it is ready.")
  static final class Restart extends OneAction {
    @Override
    void run(LocalCluster cluster, Output out) throws IOException {
      cluster.stop(name, Duration.ofMinutes(1));
      cluster.start(name);
      cluster.awaitReady(name, Duration.ofMinutes(2));
      out.line("%s is ready", name);
    }
  }

  @Command(
      name = "partition",
      mixinStandardHelpOptions = true,
      description = "Cut a process from the network; needs a cluster made with --namespaces.")
  static final class Partition extends OneAction {
    @Option(
        names = "--from",
        paramLabel = "NAME",
        description = "Cut it from this process alone; may be repeated.")
    List<String> others = List.of();

    @Option(names = "--one-way", description = "It is heard and hears nothing itself.")
    boolean oneWay;

    @Override
    void run(LocalCluster cluster, Output out) throws IOException {
      List<String> cut =
          others.isEmpty()
              ? cluster.processes().stream()
                  .map(LocalProcess::name)
                  .filter(other -> !other.equals(name))
                  .toList()
              : others;
      for (String other : cut) {
        cluster.cut(other, name);
        if (!oneWay) {
          cluster.cut(name, other);
        }
      }
      out.line("%s is cut from %s", name, String.join(", ", cut));
    }
  }

  @Command(
      name = "heal",
      mixinStandardHelpOptions = true,
      description = "Undo all cuts of the network.")
  static final class Heal extends Action {
    @Override
    void run(LocalCluster cluster, Output out) throws IOException {
      cluster.heal();
      out.line("the network is whole");
    }
  }

  @Command(name = "down", mixinStandardHelpOptions = true, description = "End all processes.")
  static final class Down extends Action {
    @Option(names = "--delete", description = "Delete the data and the logs as well.")
    boolean delete;

    @Override
    void run(LocalCluster cluster, Output out) throws IOException {
      cluster.down();
      if (delete) {
        try (Stream<Path> files = Files.walk(cluster.directory())) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
      out.line(delete ? "the cluster is down and deleted" : "the cluster is down");
    }
  }
}
