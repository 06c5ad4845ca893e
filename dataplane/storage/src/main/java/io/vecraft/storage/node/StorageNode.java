package io.vecraft.storage.node;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.replay.PartitionReplay;
import io.vecraft.storage.replay.ReplaySettings;
import io.vecraft.storage.replay.Undecided;
import io.vecraft.storage.shard.ShardShape;
import io.vecraft.storage.shard.ShardState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A storage node: a replica of every shard that the SYSTEM log knows, fed from the journal.
 *
 * <p>For each DATA partition one {@link PartitionReplay} feeds the shards that are placed there; a
 * shard that is rebuilt after damage gets a replay of its own. Safe for concurrent use.
 */
public final class StorageNode implements StorageNodeView, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StorageNode.class);
  private static final int PULL_RECORDS = 1_000;
  private static final long PULL_BYTES = 8L << 20;

  private final StorageConfig config;
  private final JournalApi journal;
  private final StampClock clock;
  private final OutcomeResolver resolver;
  private final CatalogFollower follower;
  private final Linkers linkers;
  private final Map<ShardId, ShardReplica> replicas = new ConcurrentHashMap<>();
  private final List<PartitionTarget> targets = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  private StorageNode(StorageConfig config, JournalApi journal, StampClock clock) {
    this.config = config;
    this.journal = journal;
    this.clock = clock;
    this.resolver =
        new OutcomeResolver(journal, clock, id -> Optional.ofNullable(replicas.get(id)));
    this.follower =
        new CatalogFollower(
            journal,
            config.partitions(),
            catalog -> targets.forEach(target -> target.announced(catalog)));
    this.linkers = new Linkers(config.linkers(), replicas::values);
  }

  /**
   * Opens the directory, maps the checkpoints in it and starts to replay. Readers can be had when
   * it returns.
   */
  public static StorageNode open(StorageConfig config, JournalApi journal, StampClock clock) {
    StorageNode node = new StorageNode(config, journal, clock);
    node.start();
    return node;
  }

  private void start() {
    follower.start();
    for (int partition : config.partitions().data()) {
      targets.add(openPartition(partition, follower.catalog()));
    }
    // What came between the first look at SYSTEM and now.
    targets.forEach(target -> target.announced(follower.catalog()));
    targets.forEach(target -> target.replay().start());
    linkers.start();
  }

  private PartitionTarget openPartition(int partition, Catalog catalog) {
    PartitionTarget target = new PartitionTarget(partition, new Owner(), true);
    List<ShardState> states = new ArrayList<>();
    for (CollectionState collection : catalog.collections()) {
      for (ShardPlacement placement : collection.getPlacementsList()) {
        if (placement.getPartition() == partition) {
          states.add(
              ShardState.create(
                  new ShardId(collection.getId(), placement.getShard()),
                  ShardShape.of(collection.getDefinition())));
        }
      }
    }
    PartitionMerge.Offsets from = PartitionMerge.Offsets.START;
    Catalog at = catalogBelow(from.system());
    attach(target, from, at, 0);
    for (ShardState state : states) {
      add(state, catalog.collection(state.id().collectionId()).orElseThrow(), target);
    }
    return target;
  }

  private void attach(
      PartitionTarget target, PartitionMerge.Offsets from, Catalog at, long frontier) {
    PartitionMerge merge = new PartitionMerge(target.partition(), from, at, frontier, target);
    target.attach(
        new PartitionReplay(
            journal,
            clock,
            merge,
            ReplaySettings.of(config.idleClose()),
            config.gate(),
            new ReplayHooks(target)),
        at.stamp());
  }

  private ShardReplica add(ShardState state, CollectionState collection, PartitionTarget target) {
    SafePoint safePoint =
        new SafePoint(0, ShardReplica.windowMs(collection.getDefinition()), config.pinsMax());
    ShardReplica replica =
        new ShardReplica(config.name(), state, target.replay(), safePoint, this::damaged);
    replicas.put(state.id(), replica);
    target.feed(replica);
    return replica;
  }

  /** What SYSTEM adds up to below an offset. */
  private Catalog catalogBelow(long offset) {
    Catalog catalog = Catalog.empty(config.partitions());
    long next = 1;
    while (next < offset) {
      PullResponse response =
          journal.pull(
              PullRequest.newBuilder()
                  .setPartition(Partitions.SYSTEM)
                  .setFromOffset(next)
                  .setMaxRecords(PULL_RECORDS)
                  .setMaxBytes(PULL_BYTES)
                  .build());
      for (Record record : response.getRecordsList()) {
        if (record.getOffset() < offset) {
          catalog = catalog.apply(record);
        }
      }
      if (response.getNextOffset() <= next) {
        throw new VecraftException(
            ErrorCode.DATA_DAMAGED,
            "SYSTEM ends at " + response.getLastOffset() + ", a checkpoint knows " + (offset - 1));
      }
      next = response.getNextOffset();
    }
    return catalog;
  }

  /** What the targets ask for. */
  private final class Owner implements PartitionTarget.Owner {
    @Override
    public ShardReplica open(CollectionState collection, ShardId shard, PartitionTarget target) {
      return add(
          ShardState.create(shard, ShardShape.of(collection.getDefinition())), collection, target);
    }

    @Override
    public void dropped(ShardReplica replica) {
      replicas.remove(replica.shard(), replica);
      replica.drop();
    }

    @Override
    public void damaged(ShardReplica replica, DamagedBlockException damage) {
      StorageNode.this.damaged(replica, damage);
    }
  }

  private void damaged(ShardReplica replica, DamagedBlockException damage) {
    if (replica.setAside(String.valueOf(damage.getMessage()))) {
      LOG.error(
          "shard {} of collection {}: {}",
          replica.shard().shard(),
          replica.shard().collectionId(),
          damage.getMessage());
    }
  }

  /** What surrounds a replay. */
  private final class ReplayHooks implements PartitionReplay.Hooks {
    private final PartitionTarget target;

    ReplayHooks(PartitionTarget target) {
      this.target = target;
    }

    @Override
    public void applied(Deadline deadline) {
      boolean waiting = false;
      for (ShardReplica replica : target.fed()) {
        while (unlinked(replica) > config.unlinkedMax() && !closed && !deadline.passed()) {
          Linkers.turn(replica);
        }
        waiting |= unlinked(replica) > 0;
      }
      if (waiting) {
        linkers.announce();
      }
    }

    private int unlinked(ShardReplica replica) {
      return replica.mounted().state().vectors().unlinked();
    }

    @Override
    public void decide(Undecided transaction, Deadline deadline) {
      resolver.resolve(transaction, deadline);
    }

    @Override
    public long decideAfterNanos() {
      return config.outcomeDelay().toNanos();
    }

    @Override
    public void failed(Throwable cause) {
      config.onFailure().accept(cause);
    }
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public Optional<ShardReader> reader(ShardId shard) {
    return Optional.ofNullable(replicas.get(shard));
  }

  @Override
  public List<ShardReader> readers() {
    return List.copyOf(replicas.values());
  }

  @Override
  public Catalog catalog() {
    return follower.catalog();
  }

  @Override
  public void awaitCatalog(long stamp, Deadline deadline) {
    follower.await(stamp, deadline);
  }

  @Override
  public void decide(long transactionStamp, Deadline deadline) {
    resolver.close(Set.copyOf(config.partitions().all()), transactionStamp, deadline);
    for (PartitionTarget target : targets) {
      Optional<Undecided> held = target.replay().awaitTransaction(transactionStamp, deadline);
      if (held.isPresent()) {
        resolver.resolve(held.get(), deadline);
        return;
      }
    }
  }

  /** Writes checkpoints of all shards that have changed and returns when they are durable. */
  public void checkpoint() {
    throw new UnsupportedOperationException("not built yet");
  }

  @Override
  public void close() {
    closed = true;
    follower.close();
    targets.forEach(target -> target.replay().close());
    linkers.close();
    replicas.values().forEach(ShardReplica::drop);
    replicas.clear();
  }
}
