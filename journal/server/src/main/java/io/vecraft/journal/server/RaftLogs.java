package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.PartitionLog;
import io.vecraft.journal.log.raft.EntryPosition;
import io.vecraft.journal.log.raft.RaftConfig;
import io.vecraft.journal.log.raft.RaftLog;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.log.raft.RaftNode;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.StampClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs that are replicated; this process has one replica of each. */
final class RaftLogs implements LogOpener {
  private static final Logger log = LoggerFactory.getLogger(RaftLogs.class);
  private static final Duration STORE_AGAIN_AFTER = Duration.ofMillis(200);

  private final JournalConfig config;
  private final ReplicaConfig replica;
  private final StampClock clock;
  private final FileAccess files;
  private final RaftNode node;
  private final Map<Integer, RaftLog> logs = new ConcurrentHashMap<>();
  private volatile HeldPartitions held;
  private volatile Optional<Ticker> ticker = Optional.empty();
  private volatile boolean closed;

  /**
   * Logs of a node.
   *
   * @throws VecraftException {@code unavailable} if its Raft port is taken
   */
  RaftLogs(
      JournalConfig config,
      ReplicaConfig replica,
      StampClock clock,
      FileAccess files,
      FatalError fatal,
      MachineTime time) {
    if (config.acceptLoss()) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          "a replica that has lost something is replaced by another; it does not go on without",
          "accept_loss");
    }
    this.config = config;
    this.replica = replica;
    this.clock = clock;
    this.files = files;
    try {
      this.held = HeldPartitions.read(files, config.directory());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read which partitions are here", e);
    }
    this.node = RaftNode.open(raftConfig(config, replica), files, fatal, time);
  }

  private static RaftConfig raftConfig(JournalConfig config, ReplicaConfig replica) {
    return RaftConfig.defaults(
            replica.self(),
            replica.members(),
            replica.cluster().clusterId(),
            config.directory().resolve("raft"))
        .withElectionTimeout(replica.electionTimeoutMin(), replica.electionTimeoutMax())
        .withEntryBytes(entryBytes(config.limits()))
        .withTls(replica.tls());
  }

  /**
   * An entry of the largest append, or of a full batch of small ones with what frames them. Every
   * partition has a buffer of that size: an append larger than those of {@link
   * JournalLimits#REPLICA_DEFAULTS} is refused, whatever the limits say.
   */
  private static int entryBytes(JournalLimits limits) {
    long append = Math.min(limits.appendBytes(), JournalLimits.REPLICA_DEFAULTS.appendBytes());
    return Math.toIntExact(
        Math.max(append, limits.batchBytes() + limits.batchBytes() / 2) + (64 << 10));
  }

  @Override
  public ClusterIdentity newIdentity() {
    return replica.cluster();
  }

  @Override
  public ClusterIdentity check(ClusterIdentity found) {
    ClusterIdentity given = replica.cluster();
    if (!found.clusterId().equals(given.clusterId())
        || !found.partitions().equals(given.partitions())
        || found.incarnation() > given.incarnation()) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "%s belongs to cluster %s, incarnation %d, %d data partitions; the configuration says %s, %d, %d"
              .formatted(
                  config.directory(),
                  found.clusterId(),
                  found.incarnation(),
                  found.partitions().dataPartitions(),
                  given.clusterId(),
                  given.incarnation(),
                  given.partitions().dataPartitions()));
    }
    return given;
  }

  @Override
  public Set<Integer> held(Collection<Integer> made) {
    return held.held(replica.begins() ? made : List.of());
  }

  /** Partitions that were here, and of which something may be left. */
  Set<Integer> left() {
    return held.left();
  }

  /** Epoch of a partition's nodes that this node has last acted upon; 0 for none. */
  long epoch(int partition) {
    return held.of(partition).map(HeldPartitions.Entry::epoch).orElse(0L);
  }

  /**
   * Names a partition that is added, before it is opened for the first time.
   *
   * @param members the replicas that it is made with, the same on every node
   */
  void add(int partition, List<RaftMember> members) {
    keep(held.added(partition, members));
  }

  /** Names a partition that comes here, before it is opened. */
  void join(int partition, long epoch) {
    keep(held.joined(partition, epoch));
  }

  /** Names a partition that was here, before anything of it is deleted. */
  void leave(int partition, long epoch) {
    RaftLog here = logs.get(partition);
    keep(held.left(partition, epoch, here == null ? EntryPosition.NONE : here.last()));
  }

  private void keep(HeldPartitions changed) {
    try {
      changed.write(files, config.directory());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep which partitions are here", e);
    }
    held = changed;
  }

  /** Deletes what there is of a partition that was here. */
  void delete(SegmentSettings segments, PartitionSettings partition) {
    logs.remove(partition.partition());
    node.remove(partition);
    try {
      files.deleteTree(segments.directory());
      files.syncDirectory(config.directory());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + segments.directory(), e);
    }
  }

  @Override
  public PartitionLog open(SegmentSettings segments, PartitionSettings partition) {
    int number = partition.partition();
    RaftLog opened =
        node.add(
            segments,
            partition,
            held.of(number).map(HeldPartitions.Entry::first).orElseGet(replica::members),
            held.floor(number),
            config.limits().tailCacheBytes(),
            () ->
                Thread.ofVirtual().name("journal-lead-" + number).start(() -> storeStamp(number)));
    logs.put(number, opened);
    return opened;
  }

  /**
   * A leader that ends may have committed records whose stamps it had not stored yet. The next one
   * stores them, so that the clock does not stay behind what readers see.
   */
  private void storeStamp(int partition) {
    RaftLog led = logs.get(partition);
    while (led != null && !closed && led.leads()) {
      try {
        clock.store(led.lastStamp()).get();
        return;
      } catch (ExecutionException e) {
        log.debug("partition {}: the last stamp is not stored yet", partition, e);
      } catch (InterruptedException e) {
        return;
      }
      try {
        Thread.sleep(STORE_AGAIN_AFTER);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void opened(long stamp) {
    node.start();
    ticker = Optional.of(new Ticker(logs::values, clock));
  }

  /** Lets others lead, as far as they will within an election timeout or two. */
  @Override
  public void drain() {
    ticker.ifPresent(Ticker::close);
    CompletableFuture<?>[] transfers =
        logs.values().stream()
            .filter(RaftLog::leads)
            .map(led -> led.transferLeadership(Optional.empty()))
            .toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(transfers)
          .get(2 * replica.electionTimeoutMax().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.info("not every partition has another leader yet: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Strong readers wait for it in other processes; without it each would pull. */
  @Override
  public Duration closesToldAfter() {
    return Duration.ofMillis(2);
  }

  /** Whether there is a replica of a partition here that takes part, or waits to. */
  boolean takesPart(int partition) {
    RaftLog found = logs.get(partition);
    return found != null && !found.hasEnded();
  }

  /** The replica of a partition. */
  RaftLog log(int partition) {
    RaftLog found = logs.get(partition);
    if (found == null) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, "no partition " + partition, "partition");
    }
    return found;
  }

  @Override
  public void close() {
    closed = true;
    ticker.ifPresent(Ticker::close);
    node.close();
  }
}
