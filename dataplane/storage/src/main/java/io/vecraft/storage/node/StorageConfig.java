package io.vecraft.storage.node;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.storage.read.StorageNodeView;
import io.vecraft.storage.replay.ReplayGate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Settings of a storage node. Immutable; {@link #of} has the defaults.
 *
 * @param name name of the node, part of every answer's provenance
 * @param directory where its checkpoints are; used by this node alone
 * @param partitions that the cluster was made with
 * @param linkers threads that put vectors into graphs, at least 1
 * @param unlinkedMax vectors of a shard that may wait for the graph and are scanned exactly so
 *     long; beyond it whoever applies helps to link
 * @param idleClose how often a node asks the journal to close idle partitions, so that its frontier
 *     stays fresh without readers; zero where the journal does that by itself
 * @param outcomeDelay how long a transaction may stay undecided before the node decides it
 * @param checkpointInterval how often shards that have changed are written
 * @param checkpointBytes journal bytes applied to a shard that make it write sooner
 * @param scrubInterval how often all files of checkpoints are verified
 * @param outcomeWindow how long outcomes of operations are kept, at least the journal's dedup
 *     window
 * @param readMax how long a read may take: a time-travel window is at least as long
 * @param compaction when old versions are removed
 * @param pinsMax pins of a shard at one time
 * @param peers nodes whose checkpoints a shard is made again from when its own are damaged; asked
 *     when that happens
 * @param others the other storage nodes: asked for records of shards that this one does not have,
 *     when a transaction is decided
 * @param gate holds replicas back in tests
 * @param onFailure called once when a replica cannot go on; ends the process in production
 */
public record StorageConfig(
    String name,
    Path directory,
    Partitions partitions,
    int linkers,
    int unlinkedMax,
    Duration idleClose,
    Duration outcomeDelay,
    Duration checkpointInterval,
    long checkpointBytes,
    Duration scrubInterval,
    Duration outcomeWindow,
    Duration readMax,
    CompactionSettings compaction,
    int pinsMax,
    Supplier<List<? extends CheckpointSource>> peers,
    Supplier<List<? extends StorageNodeView>> others,
    ReplayGate gate,
    Consumer<Throwable> onFailure) {

  /** The defaults; {@code onFailure} is called when a replica cannot go on. */
  public static StorageConfig of(
      String name, Path directory, Partitions partitions, Consumer<Throwable> onFailure) {
    return new StorageConfig(
        name,
        directory,
        partitions,
        Math.max(1, Runtime.getRuntime().availableProcessors() - 1),
        4096,
        Duration.ofMillis(100),
        Duration.ofMillis(100),
        Duration.ofSeconds(60),
        256L << 20,
        Duration.ofHours(6),
        Duration.ofHours(1),
        Duration.ofMinutes(5),
        CompactionSettings.DEFAULTS,
        10_000,
        List::of,
        List::of,
        ReplayGate.OPEN,
        onFailure);
  }

  /** The same with another interval of checkpoints. */
  public StorageConfig withCheckpointInterval(Duration interval) {
    return with(c -> c.checkpointInterval = interval);
  }

  /** The same with another interval at which idle partitions are closed. */
  public StorageConfig withIdleClose(Duration interval) {
    return with(c -> c.idleClose = interval);
  }

  /**
   * The same with other limits.
   *
   * @param dedupWindow of the journal; outcomes are kept for as long at least
   */
  public StorageConfig withLimits(int unlinked, int pins, Duration dedupWindow) {
    return with(c -> {
      c.unlinkedMax = unlinked;
      c.pinsMax = pins;
      c.outcomeWindow = outcomeWindow.compareTo(dedupWindow) >= 0 ? outcomeWindow : dedupWindow;
    });
  }

  /** The same with another gate. */
  public StorageConfig withGate(ReplayGate newGate) {
    return with(c -> c.gate = newGate);
  }

  /** The same with another longest read. */
  public StorageConfig withReadMax(Duration longest) {
    return with(c -> c.readMax = longest);
  }

  /** The same with other rules of when old versions are removed. */
  public StorageConfig withCompaction(CompactionSettings settings, Duration keepOutcomes) {
    return with(c -> {
      c.compaction = settings;
      c.outcomeWindow = keepOutcomes;
    });
  }

  /** The same with other nodes to take checkpoints from. */
  public StorageConfig withPeers(Supplier<List<? extends CheckpointSource>> others) {
    return with(c -> c.peers = others);
  }

  /** The same with other storage nodes to ask. */
  public StorageConfig withOthers(Supplier<List<? extends StorageNodeView>> nodes) {
    return with(c -> c.others = nodes);
  }

  private StorageConfig with(Consumer<Change> change) {
    var changed = new Change(this);
    change.accept(changed);
    return changed.done();
  }

  /** The settings while some of them are changed. */
  private static final class Change {
    private String name;
    private Path directory;
    private Partitions partitions;
    private int linkers;
    private int unlinkedMax;
    private Duration idleClose;
    private Duration outcomeDelay;
    private Duration checkpointInterval;
    private long checkpointBytes;
    private Duration scrubInterval;
    private Duration outcomeWindow;
    private Duration readMax;
    private CompactionSettings compaction;
    private int pinsMax;
    private Supplier<List<? extends CheckpointSource>> peers;
    private Supplier<List<? extends StorageNodeView>> others;
    private ReplayGate gate;
    private Consumer<Throwable> onFailure;

    Change(StorageConfig from) {
      name = from.name;
      directory = from.directory;
      partitions = from.partitions;
      linkers = from.linkers;
      unlinkedMax = from.unlinkedMax;
      idleClose = from.idleClose;
      outcomeDelay = from.outcomeDelay;
      checkpointInterval = from.checkpointInterval;
      checkpointBytes = from.checkpointBytes;
      scrubInterval = from.scrubInterval;
      outcomeWindow = from.outcomeWindow;
      readMax = from.readMax;
      compaction = from.compaction;
      pinsMax = from.pinsMax;
      peers = from.peers;
      others = from.others;
      gate = from.gate;
      onFailure = from.onFailure;
    }

    StorageConfig done() {
      return new StorageConfig(
          name,
          directory,
          partitions,
          linkers,
          unlinkedMax,
          idleClose,
          outcomeDelay,
          checkpointInterval,
          checkpointBytes,
          scrubInterval,
          outcomeWindow,
          readMax,
          compaction,
          pinsMax,
          peers,
          others,
          gate,
          onFailure);
    }
  }
}
