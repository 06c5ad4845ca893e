package io.vecraft.storage.node;

import io.vecraft.error.VecraftException;
import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ReplicaMap;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.ShardHome;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.storage.checkpoint.Manifest;
import io.vecraft.storage.checkpoint.OpenCheckpoint;
import io.vecraft.storage.checkpoint.ShardDirectory;
import io.vecraft.storage.node.ShardOpener.Opened;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.replay.PartitionReplay;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A storage node: a replica of every shard that the SYSTEM log places on it, fed from the journal.
 *
 * <p>For each DATA partition one {@link PartitionReplay} feeds the shards that are placed there; a
 * shard that is rebuilt after damage gets a replay of its own, and so does one that joins, until it
 * has caught up. Readers see replicas that serve: by the map in SYSTEM, and caught up to where the
 * map has said so. Safe for concurrent use.
 */
public final class StorageNode implements StorageNodeView, CheckpointSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StorageNode.class);
  private static final Duration FIRST_ANSWERS = Duration.ofSeconds(1);
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final long LITTLE_MS = 50;

  private final StorageConfig config;
  private final OutcomeResolver resolver;
  private final CatalogFollower follower;
  private final Linkers linkers;
  private final Upkeep upkeep;
  private final Compactor compactor;
  private final ReplicaMoves moves;
  private final StatusResponse status;
  private final ShardOpener opener;
  private final Map<ShardId, ShardReplica> replicas = new ConcurrentHashMap<>();
  private final Replays replays;

  /** Held while a replica is looked for and made. */
  private final Object opening = new Object();

  /** The newest catalog seen, before its collections are opened. */
  private volatile Catalog newest;

  /** What is there when {@link #begin} is called; a shard rebuilt since starts its own replay. */
  private volatile List<PartitionTarget> prepared = List.of();

  /** Whether a checkpoint was found. */
  private volatile boolean restored;

  private volatile boolean closed;

  private StorageNode(StorageConfig config, JournalApi journal, StampClock clock) {
    this.config = config;
    this.newest = Catalog.empty(config.partitions());
    this.resolver =
        new OutcomeResolver(
            journal,
            clock,
            new VersionsAnywhere(id -> Optional.ofNullable(replicas.get(id)), config.others()));
    this.moves = new ReplicaMoves(config.name(), new Moved());
    this.follower = new CatalogFollower(journal, config.partitions(), this::changed);
    this.linkers = new Linkers(config.linkers(), replicas::values);
    this.replays = new Replays(config, journal, clock, resolver, linkers);
    this.upkeep =
        new Upkeep(
            config.name(),
            List.of(
                new Upkeep.Task(config.checkpointInterval(), this::checkpoint),
                new Upkeep.Task(Duration.ofSeconds(1), this::checkpointUrgent),
                new Upkeep.Task(config.scrubInterval(), this::scrub)));
    this.compactor =
        new Compactor(config, replicas::values, replica -> upkeep.later(() -> checkpoint(replica)));
    this.status = journal.status();
    this.opener = new ShardOpener(config, journal, status);
  }

  /** {@link #prepare} and {@link #begin}. */
  public static StorageNode open(StorageConfig config, JournalApi journal, StampClock clock) {
    StorageNode node = prepare(config, journal, clock);
    node.begin();
    return node;
  }

  /**
   * Opens the directory and maps the checkpoints in it. Readers can be had when it returns: they
   * answer from the checkpoints, or wait and have what is missing replayed on their own threads.
   * Nothing is done in the background before {@link #begin}, so that a process that still has other
   * parts to start has its cores for them.
   */
  public static StorageNode prepare(StorageConfig config, JournalApi journal, StampClock clock) {
    StorageNode node = new StorageNode(config, journal, clock);
    node.prepare();
    return node;
  }

  /** A newer catalog is there. */
  private void changed(Catalog catalog) {
    boolean grown = !catalog.partitions().equals(newest.partitions());
    newest = catalog;
    replays.all().forEach(target -> target.announced(catalog));
    moves.announce(catalog.stamp());
    if (grown && !prepared.isEmpty()) {
      upkeep.later(this::openAdded);
    }
  }

  /** Replays partitions that were opened while this runs, from their beginning. */
  private void openAdded() {
    try {
      for (int partition : newest.partitions().data()) {
        if (replays.common(partition).isEmpty() && !closed) {
          PartitionTarget target = openTarget(partition, List.of(), true);
          // Shards that came between the opening and now.
          target.announced(newest);
          target.replay().start();
          LOG.info("partition {} is replayed", partition);
        }
      }
      moves.announce(newest.stamp());
    } catch (VecraftException e) {
      LOG.info("partitions that were added cannot be read yet: {}", e.reason());
      upkeep.later(AGAIN, this::openAdded);
    }
  }

  private void prepare() {
    follower.start();
    removeDropped(follower.catalog());
    Catalog first = follower.catalog();
    Map<Integer, List<Opened>> opened = openShards(first);
    for (int partition : first.partitions().data()) {
      openPartition(partition, opened.getOrDefault(partition, List.of()));
    }
    // What came between the first look at SYSTEM and now.
    replays.all().forEach(target -> target.announced(follower.catalog()));
    prepared = replays.all();
    if (!follower.catalog().partitions().equals(first.partitions())) {
      upkeep.later(this::openAdded);
    }
  }

  /** Starts to replay, to put vectors into the graph and to write checkpoints. Called once. */
  public void begin() {
    prepared.forEach(target -> target.replay().start());
    linkers.start();
    upkeep.start();
    compactor.start();
    moves.start();
    moves.announce(0);
  }

  /**
   * {@link #begin}, after a moment if there are checkpoints to answer from and much to replay: the
   * first who ask after a restart need the cores more, as what answers them is not compiled yet.
   */
  public void beginAfterFirstAnswers() {
    if (!restored) {
      begin();
      return;
    }
    upkeep.later(() -> {
      Deadline soon = Deadline.afterMillis(LITTLE_MS);
      prepared.forEach(target -> target.replay().applySome(soon));
    });
    upkeep.later(FIRST_ANSWERS, this::begin);
  }

  private void removeDropped(Catalog catalog) {
    try {
      // An id that is not known yet is left alone: this node may not have seen all of SYSTEM.
      ShardDirectory.removeCollections(
          config.directory(), id -> id < catalog.nextId() && catalog.collection(id).isEmpty());
      for (CollectionState collection : catalog.collections()) {
        for (ShardPlacement placement : collection.getPlacementsList()) {
          if (!ReplicaMap.has(placement, config.name())) {
            new ShardDirectory(
                    config.directory(), new ShardId(collection.getId(), placement.getShard()))
                .remove();
          }
        }
      }
    } catch (IOException e) {
      LOG.warn("files of dropped collections cannot be removed: {}", e.toString());
    }
  }

  /** The shards that are placed here, by the partition that has what comes next of them. */
  private Map<Integer, List<Opened>> openShards(Catalog catalog) {
    Map<Integer, List<Opened>> byPartition = new HashMap<>();
    for (CollectionState collection : catalog.collections()) {
      for (ShardPlacement placement : collection.getPlacementsList()) {
        if (ReplicaMap.has(placement, config.name())) {
          Opened opened =
              opener.open(collection, new ShardId(collection.getId(), placement.getShard()));
          byPartition.computeIfAbsent(opened.partition(), p -> new ArrayList<>()).add(opened);
        }
      }
    }
    return byPartition;
  }

  private void openPartition(int partition, List<Opened> shards) {
    List<Opened> staying = new ArrayList<>();
    List<Opened> behind = new ArrayList<>();
    for (Opened opened : shards) {
      ShardPlacement now = opened.collection().getPlacements(opened.state().id().shard());
      boolean stays = opened.manifest().isPresent() && now.getPartition() == partition;
      (stays ? staying : behind).add(opened);
    }
    // Shards without a checkpoint have to go through the whole log, and those that have gone to
    // another partition since from where they were: the others need not wait.
    boolean empty = behind.stream().noneMatch(o -> o.manifest().isPresent());
    if (behind.isEmpty() || (staying.isEmpty() && empty)) {
      staying.addAll(behind);
    } else {
      openTarget(partition, behind, false);
    }
    openTarget(partition, staying, true);
  }

  private PartitionTarget openTarget(int partition, List<Opened> shards, boolean takesNew) {
    List<Opened> fed = shards.stream().filter(o -> o.lost().isEmpty()).toList();
    PartitionMerge.Offsets from =
        fed.stream()
            .map(Opened::offsets)
            .reduce(PartitionMerge.Offsets::min)
            .orElseGet(() -> opener.held(partition));
    long frontier = fed.stream().mapToLong(Opened::stamp).min().orElse(0);
    PartitionTarget target = replays.make(partition, new Owner(), takesNew, from, frontier);
    shards.forEach(opened -> add(opened, target));
    replays.keep(target);
    return target;
  }

  private ShardReplica add(Opened opened, PartitionTarget target) {
    restored |= opened.manifest().isPresent();
    SafePoint safePoint =
        new SafePoint(
            opened.manifest().map(Manifest::safePoint).orElse(0L),
            config.readMax().toMillis(),
            config.pinsMax());
    ShardReplica replica =
        new ShardReplica(
            config.name(),
            opened.state(),
            target.replay(),
            safePoint,
            new ReplicaFiles(opened.directory(), status, opened.manifest(), opened.previous()),
            this::damaged);
    replica.safePointState().window(ShardReplica.windowMs(opened.collection().getDefinition()));
    replica.define(opened.collection());
    // Before readers find it: what is applied before it is fed would pass it by.
    if (opened.lost().isEmpty()) {
      target.feed(replica);
    } else {
      replica.setAside(opened.lost().get());
    }
    replicas.put(opened.state().id(), replica);
    return replica;
  }

  /** What the targets ask for. */
  private final class Owner implements PartitionTarget.Owner {
    @Override
    public void open(CollectionState collection, ShardId shard, PartitionTarget target) {
      ShardReplica made;
      synchronized (opening) {
        if (!mayOpen(shard)) {
          return;
        }
        made = add(opener.fresh(collection, shard), target);
      }
      // Soon: a shard without a checkpoint has to go through the whole log after a restart.
      upkeep.later(() -> checkpoint(made));
    }

    /** Has it fed by a replay of its own until it has come as far as the others there. */
    @Override
    public void rehomed(
        ShardReplica replica,
        ShardPlacement placement,
        Catalog catalog,
        PartitionMerge.Offsets next) {
      var from =
          new PartitionMerge.Offsets(placement.getFromOffset(), next.transaction(), next.system());
      PartitionTarget alone =
          replays.make(
              placement.getPartition(), new Owner(), false, from, catalog.stamp(), catalog);
      alone.feed(replica);
      PartitionReplay before = replica.replay();
      replica.moveTo(alone.replay(), catalog.stamp());
      replays.keep(alone);
      alone.replay().start();
      LOG.info(
          "shard {} of collection {} is in partition {} from here on",
          replica.shard().shard(),
          replica.shard().collectionId(),
          placement.getPartition());
      moves.announce(catalog.stamp());
      // Not now: this is its own thread, perhaps.
      upkeep.later(() -> replays.endIfIdle(before));
      // What there is begins before: a restart would have to go through the former partition.
      upkeep.later(() -> checkpoint(replica));
    }

    @Override
    public void dropped(ShardReplica replica) {
      replicas.remove(replica.shard(), replica);
      replica.drop();
      upkeep.later(() -> removeFiles(replica));
    }

    @Override
    public void damaged(ShardReplica replica, DamagedBlockException damage) {
      StorageNode.this.damaged(replica, damage);
    }
  }

  /** Whether the shard has no replica here and may have one. */
  private boolean mayOpen(ShardId shard) {
    return !replicas.containsKey(shard)
        && !moves.isLeaving(shard)
        && ReplicaMoves.placement(newest, shard)
            .map(placement -> ReplicaMap.has(placement, config.name()))
            .orElse(true);
  }

  /** What the moves of replicas ask for. */
  private final class Moved implements ReplicaMoves.Host {
    @Override
    public Catalog catalog() {
      return follower.catalog();
    }

    @Override
    public List<ShardReplica> replicas() {
      return List.copyOf(replicas.values());
    }

    @Override
    public boolean hasReplica(ShardId shard) {
      return replicas.containsKey(shard);
    }

    @Override
    public void join(CollectionState collection, ShardId shard) {
      if (!mayOpen(shard) || closed) {
        return;
      }
      Opened opened = opener.joining(collection, shard);
      if (opened.lost().isPresent()) {
        opened.state().close();
        return;
      }
      PartitionTarget alone = apart(opened);
      synchronized (opening) {
        if (!mayOpen(shard)) {
          opened.state().close();
          return;
        }
        add(opened, alone);
        replays.keep(alone);
      }
      alone.replay().start();
    }

    @Override
    public boolean isApart(ShardReplica replica) {
      return replays.feeding(replica).filter(target -> !target.takesNew()).isPresent()
          && replica.damage().isEmpty();
    }

    @Override
    public void settle(ShardReplica replica) {
      replays.settle(replica);
    }

    @Override
    public void release(ShardReplica replica) {
      replicas.remove(replica.shard(), replica);
      replays.feedNoMore(replica);
    }

    @Override
    public void remove(ShardReplica replica) {
      replica.drop();
      removeFiles(replica);
      replays.endIfIdle(replica.replay());
    }
  }

  private static void removeFiles(ShardReplica replica) {
    try {
      replica.files().remove();
    } catch (IOException e) {
      LOG.warn("files of shard {} cannot be removed: {}", replica.shard(), e.toString());
    }
  }

  private void damaged(ShardReplica replica, DamagedBlockException damage) {
    if (replica.setAside(String.valueOf(damage.getMessage()))) {
      LOG.error(
          "shard {} of collection {} is set aside and made again: {}",
          replica.shard().shard(),
          replica.shard().collectionId(),
          damage.getMessage());
      upkeep.later(() -> rebuild(replica, c -> Optional.of(opener.again(c, replica.shard()))));
    }
  }

  /**
   * The replica of a shard has not come to what the log says: it is set aside, and made again from
   * the journal. Where that no longer holds all of the shard, the replica answers no more.
   */
  void diverged(ShardId shard, String how) {
    ShardReplica replica = replicas.get(shard);
    if (replica != null && replica.setAside(how)) {
      LOG.error(
          "shard {} of collection {} differs from its other replicas and is set aside: {}",
          shard.shard(),
          shard.collectionId(),
          how);
      upkeep.later(() -> rebuild(replica, c -> opener.fromJournal(c, shard)));
    }
  }

  /** Replaces a damaged state by an older one that is whole, with a replay of its own. */
  private void rebuild(ShardReplica replica, Function<CollectionState, Optional<Opened>> source) {
    Optional<CollectionState> collection =
        follower.catalog().collection(replica.shard().collectionId());
    if (collection.isEmpty() || closed || replicas.get(replica.shard()) != replica) {
      return;
    }
    replays.feedNoMore(replica);
    try {
      replica.files().setAside();
    } catch (IOException e) {
      LOG.error("files of shard {} cannot be set aside", replica.shard(), e);
      return;
    }
    Optional<Opened> found = source.apply(collection.get());
    if (found.isEmpty()) {
      LOG.error("shard {} cannot be made again from the journal", replica.shard());
      return;
    }
    Opened opened = found.get();
    if (opened.lost().isPresent()) {
      opened.state().close();
      return;
    }
    replica.files().restored(opened.manifest());
    PartitionTarget alone = apart(opened);
    PartitionReplay before = replica.replay();
    // Fed before readers find the replay: one that waits for it applies on its own thread, and what
    // is applied before the shard is fed passes it by.
    alone.feed(replica);
    replica.rebuild(opened.state(), alone.replay());
    replays.keep(alone);
    alone.replay().start();
    replays.endIfIdle(before);
  }

  /** A replay of its own for what was opened. */
  private PartitionTarget apart(Opened opened) {
    return replays.make(opened.partition(), new Owner(), false, opened.offsets(), opened.stamp());
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public Optional<ShardReader> reader(ShardId shard) {
    return Optional.ofNullable(replicas.get(shard)).filter(this::serves).map(r -> r);
  }

  @Override
  public List<ShardReader> readers() {
    return replicas.values().stream().filter(this::serves).map(r -> (ShardReader) r).toList();
  }

  /** All replicas, those that do not serve yet too. */
  public List<ShardReader> replicas() {
    return List.copyOf(replicas.values());
  }

  /** How many replays there are: one for each DATA partition, and those of replicas apart. */
  int replays() {
    return replays.all().size();
  }

  private boolean serves(ShardReplica replica) {
    Optional<ShardPlacement> placement =
        ReplicaMoves.placement(follower.catalog(), replica.shard());
    return placement.isEmpty()
        || (ReplicaMap.serves(placement.get(), config.name())
            && replica.frontier() >= ReplicaMap.servesFrom(placement.get(), config.name()));
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
    // Those that are replayed here are among them: the transaction has to be met by a replay.
    Set<Integer> known = Set.copyOf(follower.catalog().partitions().all());
    resolver.close(known, transactionStamp, deadline);
    replays.decide(transactionStamp, deadline);
  }

  @Override
  public Optional<Manifest> copyCheckpoint(ShardId shard, ShardDirectory into) throws IOException {
    ShardReplica replica = replicas.get(shard);
    return replica == null || replica.damage().isPresent()
        ? Optional.empty()
        : replica.files().copyTo(into);
  }

  /** Opens the last checkpoint of a replica for reading; empty if there is none. */
  public Optional<OpenCheckpoint> openCheckpoint(ShardId shard) throws IOException {
    ShardReplica replica = replicas.get(shard);
    return replica == null || replica.damage().isPresent()
        ? Optional.empty()
        : replica.files().open();
  }

  /**
   * The first offset of a partition that any shard of this node may need again, were its last
   * checkpoint lost; 1 if one of them has to go through the whole log.
   */
  public long neededOffset(int partition) {
    long needed = Long.MAX_VALUE;
    for (ShardReplica replica : replicas.values()) {
      needed = Math.min(needed, neededOffset(partition, replica));
    }
    return partition == Partitions.SYSTEM ? 1 : needed;
  }

  private long neededOffset(int partition, ShardReplica replica) {
    Optional<Manifest> from = replica.files().fallback();
    if (partition == Partitions.TRANSACTION) {
      return from.map(m -> m.offsets().transaction()).orElse(1L);
    }
    Optional<CollectionState> collection =
        follower.catalog().collection(replica.shard().collectionId());
    if (collection.isEmpty()) {
      return from.isEmpty() || from.get().partition() == partition ? 1 : Long.MAX_VALUE;
    }
    ShardPlacement placement = collection.get().getPlacements(replica.shard().shard());
    int first =
        from.map(m -> ShardOpener.partition(collection.get(), m))
            .orElse(ShardHomes.first(placement));
    if (first == partition) {
      return from.map(m -> m.offsets().data()).orElse(1L);
    }
    // Those that it comes through later, if it comes there again.
    return ShardHomes.all(placement).stream()
        .filter(home -> home.getPartition() == partition)
        .filter(home -> home.getSinceStamp() > from.map(Manifest::stamp).orElse(0L))
        .mapToLong(ShardHome::getFromOffset)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Writes checkpoints of all shards that have changed and returns when they are durable. */
  public void checkpoint() {
    replicas.values().forEach(this::checkpoint);
  }

  private void checkpoint(ShardReplica replica) {
    try {
      replica.checkpoint();
    } catch (DamagedBlockException e) {
      damaged(replica, e);
    } catch (IOException | VecraftException e) {
      LOG.warn("no checkpoint of shard {}: {}", replica.shard(), e.toString());
    }
  }

  /**
   * Removes versions that nobody may read any more from every shard where they are many, and
   * returns from how many shards.
   */
  public int compact() {
    return compactor.compactAll();
  }

  /** Reads all files of all checkpoints and compares them with their checksums. */
  public void scrub() {
    for (ShardReplica replica : replicas.values()) {
      try {
        replica.files().verify();
      } catch (DamagedBlockException e) {
        damaged(replica, e);
      } catch (IOException e) {
        LOG.warn("files of shard {} cannot be verified: {}", replica.shard(), e.toString());
      }
    }
  }

  private void checkpointUrgent() {
    for (ShardReplica replica : replicas.values()) {
      if (replica.files().behind(replica.state()) > config.checkpointBytes()) {
        checkpoint(replica);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    moves.close();
    compactor.close();
    upkeep.close();
    follower.close();
    replays.close();
    linkers.close();
    replicas.values().forEach(ShardReplica::drop);
    replicas.clear();
  }
}
