package io.vecraft.journal.log.raft;

import static org.awaitility.Awaitility.await;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.ReplicatedLog;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.net.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Replicas of one partition or more in this process, each with its own Raft server, port and
 * directory. Election timeout: 300 to 600 ms.
 */
public final class RaftCluster implements AutoCloseable {
  static final UUID CLUSTER = new UUID(3, 4);
  private static final Executor THREADS = Thread.ofPlatform()::start;
  private static final Comparator<Path> BY_AGE =
      Comparator.comparing(file -> file.endsWith("applied") ? 0 : 1);

  private static final Set<ErrorCode> AGAIN =
      Set.of(ErrorCode.NOT_LEADER, ErrorCode.OUTCOME_UNKNOWN, ErrorCode.UNAVAILABLE);

  private final Path directory;
  private final List<PartitionSettings> partitions;
  private final UnaryOperator<RaftConfig> changes;
  private final List<RaftMember> members;
  private final Map<String, RaftNode> nodes = new ConcurrentSkipListMap<>();
  private final Map<String, Map<Integer, RaftLog>> logs = new ConcurrentSkipListMap<>();

  /** What replicas that are started from now on have had before they were deleted, by their ids. */
  final Map<String, EntryPosition> floors = new ConcurrentHashMap<>();

  /** What would have ended the process. */
  public final ConcurrentLinkedQueue<String> fatal = new ConcurrentLinkedQueue<>();

  public RaftCluster(
      Path directory, List<PartitionSettings> partitions, UnaryOperator<RaftConfig> changes) {
    this.directory = directory;
    this.partitions = partitions;
    this.changes = changes;
    this.members = members(List.of("a", "b", "c", "d", "a~2"));
    List.of("a", "b", "c").forEach(this::start);
  }

  /**
   * Members on ports of this machine that are free now; replicas of one node share its address, as
   * one that comes back as somebody else has it.
   */
  public static List<RaftMember> members(List<String> names) {
    List<Integer> ports = FreePorts.next(names.size());
    var members = new ArrayList<RaftMember>();
    for (String name : names) {
      int of = Math.max(0, names.indexOf(RaftMember.nameOf(name)));
      members.add(new RaftMember(name, "127.0.0.1", ports.get(of)));
    }
    return members;
  }

  /** A replica by its id: a, b and c are there from the start, d and a~2 join when started. */
  public RaftMember member(String id) {
    return members.stream().filter(m -> m.id().equals(id)).findFirst().orElseThrow();
  }

  public Path directory(String id) {
    return directory.resolve(id);
  }

  /** Starts a replica on what its directory holds. */
  public void start(String id) {
    start(id, new DiskFiles(), true);
  }

  /** Starts a node that takes up its partitions when it is answering others already. */
  void startBeforeItsPartitions(String id, FileAccess files) {
    start(id, files, false);
  }

  private void start(String id, FileAccess files, boolean withPartitions) {
    RaftMember self = member(id);
    RaftConfig config =
        changes.apply(
            RaftConfig.defaults(self, members.subList(0, 3), CLUSTER, directory(id).resolve("raft"))
                .withElectionTimeout(Duration.ofMillis(300), Duration.ofMillis(600)));
    FatalError die =
        (what, cause) -> {
          fatal.add(id + ": " + what + ": " + cause);
          throw new IllegalStateException(what, cause);
        };
    RaftNode node = RaftNode.open(config, files, die, MachineTime.SYSTEM);
    try {
      if (!withPartitions) {
        node.start();
      }
      Map<Integer, RaftLog> opened = open(id, node);
      if (withPartitions) {
        node.start();
      }
      nodes.put(id, node);
      logs.put(id, opened);
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
  }

  private Map<Integer, RaftLog> open(String id, RaftNode node) {
    var opened = new TreeMap<Integer, RaftLog>();
    for (PartitionSettings partition : partitions) {
      var segments =
          new SegmentSettings(
              directory(id).resolve("partition-" + partition.partition()),
              CLUSTER,
              1,
              partition.partition(),
              8 << 10,
              Duration.ofHours(1),
              false);
      opened.put(
          partition.partition(),
          node.add(
              segments,
              partition,
              members.subList(0, 3),
              floors.getOrDefault(id, EntryPosition.NONE),
              1000,
              () -> {}));
    }
    return opened;
  }

  /** Stops a replica in order. */
  public void stop(String id) {
    logs.remove(id);
    nodes.remove(id).close();
  }

  /** Does something to each of some replicas, side by side. */
  public static void each(Collection<String> ids, Consumer<String> action) {
    CompletableFuture.allOf(
            ids.stream()
                .map(id -> CompletableFuture.runAsync(() -> action.accept(id), THREADS))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  /**
   * Ends a replica with the files that it has now, without a checkpoint. Nothing may be under way:
   * what it acknowledged while it ends would be lost.
   */
  public void crash(String id) {
    Path kept = directory.resolve(id + "-kept");
    copy(directory(id), kept);
    stop(id);
    delete(directory(id));
    copy(kept, directory(id));
    delete(kept);
  }

  private static void copy(Path from, Path to) {
    try (var files = Files.walk(from)) {
      // The checkpoint before what it speaks of.
      for (Path file : files.sorted(BY_AGE).toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else if (!file.endsWith("in_use.lock")) {
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean runs(String id) {
    return nodes.containsKey(id);
  }

  /** The replicas of a partition that run. */
  public Map<String, RaftLog> logs(int partition) {
    var running = new TreeMap<String, RaftLog>();
    logs.forEach((id, all) -> running.put(id, all.get(partition)));
    return running;
  }

  /** The replica that leads a partition; waits until one does. */
  public RaftLog leader(int partition) {
    return await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> leaderNow(partition), Optional::isPresent)
        .orElseThrow();
  }

  private Optional<RaftLog> leaderNow(int partition) {
    return logs(partition).values().stream().filter(RaftLog::leads).findFirst();
  }

  /** What the leader answers, as {@link #again}. */
  public <T> T ask(int partition, Function<RaftLog, CompletableFuture<T>> call) {
    return again(() -> call.apply(leader(partition)));
  }

  /**
   * What a call to the leader answers, made again like clients do while leaders change: on a busy
   * machine a leader may step down at any time. The call must be one that can be repeated.
   */
  public static <T> T again(Supplier<CompletableFuture<T>> call) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      CompletableFuture<T> answer = call.get();
      try {
        return answer.join();
      } catch (CompletionException e) {
        boolean leaderChanged =
            e.getCause() instanceof VecraftException refused && AGAIN.contains(refused.code());
        if (!leaderChanged || System.nanoTime() > end) {
          throw e;
        }
      }
    }
  }

  /** The name of the replica whose log it is. */
  public String nameOf(ReplicatedLog log) {
    return logs.entrySet().stream()
        .filter(e -> e.getValue().containsValue(log))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  @Override
  public void close() {
    each(List.copyOf(nodes.keySet()), this::stop);
  }
}
