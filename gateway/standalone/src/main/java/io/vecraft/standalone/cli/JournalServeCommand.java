package io.vecraft.standalone.cli;

import io.vecraft.cluster.JournalMembers;
import io.vecraft.cluster.JournalProcess;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.standalone.EngineLimit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a journal node of a cluster. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Run a journal node of a cluster: a replica of every partition, and of the clock; or of the"
            + " partitions of a pool.")
final class JournalServeCommand implements Callable<Integer> {
  /** The limits that this process keeps. */
  static final Set<EngineLimit> LIMITS =
      Set.of(
          EngineLimit.APPEND_BYTES,
          EngineLimit.JOURNAL_IN_FLIGHT_BYTES,
          EngineLimit.DISK_RESERVE_BYTES,
          EngineLimit.TAIL_CACHE_BYTES,
          EngineLimit.JOURNAL_TAILS,
          EngineLimit.DEDUP_WINDOW_S,
          EngineLimit.DEDUP_BYTES);

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin NodeOptions node = new NodeOptions();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Where the journal is kept.")
  Path data = Path.of("");

  @Option(
      names = "--pool",
      paramLabel = "NAME",
      defaultValue = NodePool.SHARED,
      description =
          "Pool that it is in: in another than the shared one it has replicas of the partitions that"
              + " are wanted there, and of no others. Default: ${DEFAULT-VALUE}.")
  String pool = NodePool.SHARED;

  @Option(
      names = "--members",
      paramLabel = "LIST",
      description =
          "The journal nodes that the cluster is made with, the same list on each:"
              + " NAME=HOST:PORT/HOST:PORT, separated by commas; internal services first, then"
              + " replication. A node that is not among them is a spare."
              + " Not needed in another pool than the shared one.")
  Optional<String> members = Optional.empty();

  @Option(
      names = "--raft",
      paramLabel = "HOST:PORT",
      description =
          "Where this node replicates. Default: as --members says; needed in another pool.")
  Optional<String> raft = Optional.empty();

  @Option(
      names = "--data-partitions",
      paramLabel = "N",
      defaultValue = "2",
      description = "Journal partitions for data, in a new cluster. Default: 2.")
  int dataPartitions = 2;

  @Option(
      names = "--election-timeout-ms",
      paramLabel = "MS",
      defaultValue = "1000",
      description =
          "A replica that hears nothing from a leader stands for election: not before this long,"
              + " and after four times as long at the latest. Default: ${DEFAULT-VALUE}.")
  int electionTimeoutMs = 1_000;

  @Option(
      names = "--journal-bytes-max",
      paramLabel = "BYTES",
      defaultValue = "1099511627776",
      description = "Bytes of the journal on disk; above, writes are refused. Default: 1 TiB.")
  long journalBytesMax = 1L << 40;

  @Override
  public Integer call() throws InterruptedException {
    JournalProcess process;
    try {
      process =
          JournalProcess.start(
              node.settings(),
              new JournalProcess.Settings(
                  data,
                  pool,
                  members.map(JournalMembers::of),
                  raft.map(HostAndPort::of),
                  dataPartitions,
                  Duration.ofMillis(electionTimeoutMs),
                  LimitOptions.engine(spec),
                  journalBytesMax));
    } catch (IllegalArgumentException e) {
      throw new UsageException(Optional.ofNullable(e.getMessage()).orElse("bad setting"));
    }
    Running running = Running.closing(process);
    new Output(spec.commandLine().getOut())
        .line("Vecraft journal node %s is ready at %s", node.name, process.address());
    return running.await();
  }
}
