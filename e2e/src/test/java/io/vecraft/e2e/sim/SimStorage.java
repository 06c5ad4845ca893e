package io.vecraft.e2e.sim;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.Position;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.replay.MergeTarget;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.replay.Undecided;
import io.vecraft.storage.shard.ShardReads;
import io.vecraft.storage.shard.ShardShape;
import io.vecraft.storage.shard.ShardState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A storage node with a replica of every shard: the product's merge and shards, fed in pieces from
 * whatever replica of a partition it reaches. A crash loses all of it, or all since a checkpoint;
 * the logs bring it back.
 */
final class SimStorage implements AutoCloseable {
  private static final int PULL_RECORDS = 3;
  private static final long DECIDE_AGAIN_TICKS = 300;

  private final SimWorld world;
  private final TreeMap<Integer, Part> parts = new TreeMap<>();
  private final List<Wait> waits = new ArrayList<>();
  private final TreeMap<Long, Long> decideAgainAt = new TreeMap<>();

  /** A shard, fed from the partition that it is in at the place that has been reached. */
  private static final class Part implements MergeTarget, AutoCloseable {
    private final ShardId id;
    private Optional<ShardState> state = Optional.empty();
    private PartitionMerge merge;

    /** Feeds it once the one before has ended its step. */
    private Optional<PartitionMerge> next = Optional.empty();

    Part(ShardId id) {
      this.id = id;
      this.merge = beginning();
    }

    private PartitionMerge beginning() {
      return new PartitionMerge(
          SimCollection.first(id.shard()),
          PartitionMerge.Offsets.START,
          Catalog.empty(SimCollection.PARTITIONS),
          0,
          this);
    }

    /** Starts from nothing. */
    void lost() {
      close();
      merge = beginning();
    }

    /** Goes on at the frontier; what had come and was not applied has to come again. */
    void resumed() {
      merge =
          new PartitionMerge(
              merge.dataPartition(),
              merge.resumeOffsets(),
              merge.catalog(),
              merge.frontier(),
              this);
    }

    /** As {@link PartitionMerge#advance}, of whichever feeds it. */
    boolean advance(int recordsMax) {
      boolean more = merge.advance(recordsMax);
      if (next.isEmpty()) {
        return more;
      }
      merge = next.get();
      next = Optional.empty();
      return true;
    }

    @Override
    public Optional<ShardState> shard(ShardId shard) {
      return next.isEmpty() && shard.equals(id) ? state : Optional.empty();
    }

    @Override
    public void merged(Catalog catalog, PartitionMerge.Offsets offsets) {
      Optional<CollectionState> collection = catalog.collection(SimCollection.ID);
      if (collection.isEmpty() || next.isPresent()) {
        return;
      }
      ShardShape shape = ShardShape.of(collection.get().getDefinition());
      if (state.isEmpty()) {
        state = Optional.of(ShardState.create(id, shape));
      }
      state.get().define(shape.schema());
      ShardPlacement placement = collection.get().getPlacements(id.shard());
      if (placement.getPartition() != merge.dataPartition()) {
        next =
            Optional.of(
                new PartitionMerge(
                    placement.getPartition(),
                    new PartitionMerge.Offsets(
                        placement.getFromOffset(), offsets.transaction(), offsets.system()),
                    catalog,
                    catalog.stamp(),
                    this));
      }
    }

    @Override
    public void close() {
      state.ifPresent(ShardState::close);
      state = Optional.empty();
    }
  }

  private record Wait(ShardId shard, long stamp, CompletableFuture<Void> reached) {}

  SimStorage(SimWorld world) {
    this.world = world;
    for (int shard = 0; shard < SimCollection.SHARDS; shard++) {
      parts.put(shard, new Part(new ShardId(SimCollection.ID, shard)));
    }
  }

  /** Starts again: from nothing, or from a checkpoint that was cut at the frontier just before. */
  void crash() {
    boolean checkpoint = world.loop().chance(0.5);
    for (Part part : parts.values()) {
      if (checkpoint) {
        part.resumed();
      } else {
        part.lost();
      }
    }
    var lost = new VecraftException(ErrorCode.UNAVAILABLE, "the storage node has crashed");
    List<Wait> failed = List.copyOf(waits);
    waits.clear();
    failed.forEach(w -> w.reached.completeExceptionally(lost));
  }

  /** Pulls some of what is new and applies what is complete. */
  void pull() {
    for (Part part : parts.values()) {
      int data = part.merge.dataPartition();
      for (int partition : List.of(Partitions.SYSTEM, Partitions.TRANSACTION, data)) {
        if (world.loop().chance(0.7)) {
          world
              .journal()
              .partition(partition)
              .any()
              .ifPresent(replica -> offer(part.merge, partition, replica.committed()));
        }
      }
      while (part.advance(2)) {
        // In small steps, as replays take them.
      }
      part.merge.undecided().ifPresent(this::decide);
    }
    if (waits.isEmpty()) {
      return;
    }
    List<Wait> done = waits.stream().filter(w -> frontier(w.shard) >= w.stamp).toList();
    waits.removeAll(done);
    done.forEach(w -> w.reached.complete(null));
  }

  private static void offer(PartitionMerge merge, int partition, CommittedLog log) {
    Position end = log.position();
    long from = merge.nextOffset(partition);
    if (from > end.offset() + 1) {
      // This replica is behind the one that was pulled from before.
      return;
    }
    if (from > end.offset() && end.closed() <= merge.closed(partition)) {
      return;
    }
    List<Record> records = log.read(from, PULL_RECORDS, Long.MAX_VALUE);
    long next = from + records.size();
    long closed = next <= end.offset() ? records.getLast().getClosed() : end.closed();
    merge.offer(
        partition,
        PullResponse.newBuilder()
            .addAllRecords(records)
            .setNextOffset(next)
            .setClosedStamp(closed)
            .setFirstOffset(1)
            .setLastOffset(end.offset())
            .build());
  }

  private void decide(Undecided undecided) {
    long now = world.loop().now();
    if (decideAgainAt.getOrDefault(undecided.stamp(), 0L) <= now) {
      decideAgainAt.put(undecided.stamp(), now + DECIDE_AGAIN_TICKS);
      world.resolver().decide(undecided);
    }
  }

  /** The history up to here is complete in this node's replica of a shard. */
  long frontier(ShardId shard) {
    return parts.get(shard.shard()).merge.frontier();
  }

  /** Whether all frontiers have reached a stamp. */
  boolean reached(long stamp) {
    boolean reached = true;
    for (Part part : parts.values()) {
      reached &= part.merge.frontier() >= stamp;
    }
    return reached;
  }

  /** Completes once the frontier has reached a stamp. */
  CompletableFuture<Void> await(ShardId shard, long stamp) {
    if (frontier(shard) >= stamp) {
      return CompletableFuture.completedFuture(null);
    }
    var wait = new Wait(shard, stamp, new CompletableFuture<>());
    waits.add(wait);
    return wait.reached;
  }

  /** Completes once the frontiers of all shards have reached a stamp. */
  CompletableFuture<Void> awaitAll(long stamp) {
    return CompletableFuture.allOf(
        parts.values().stream()
            .map(part -> await(part.id, stamp))
            .toArray(CompletableFuture[]::new));
  }

  /** A record as of a stamp that the frontier has reached. */
  Optional<RecordView> read(String key, long stamp) {
    ShardId shard = SimCollection.shard(key);
    requireFrontier(shard, stamp);
    return reads(shard).get(List.of(key), stamp, Include.METADATA).stream().findFirst();
  }

  /** Its version. */
  OptionalLong version(ShardId shard, String key, long stamp) {
    requireFrontier(shard, stamp);
    return reads(shard).version(key, stamp);
  }

  /** A node that has crashed since it was waited for has to be waited for again. */
  private void requireFrontier(ShardId shard, long stamp) {
    if (frontier(shard) < stamp) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the storage node has crashed");
    }
  }

  /** What became of a record's operations on a shard. */
  List<OperationOutcome> outcomes(ShardId shard, long stamp) {
    requireFrontier(shard, stamp);
    return reads(shard).outcomes(stamp).orElse(List.of());
  }

  /** Checksum of a shard's records. */
  long checksum(ShardId shard, long stamp) {
    return reads(shard).checksum(stamp);
  }

  private ShardReads reads(ShardId shard) {
    return parts
        .get(shard.shard())
        .state
        .orElseThrow(() -> new VecraftException(ErrorCode.UNAVAILABLE, "no replica of " + shard))
        .reads();
  }

  @Override
  public void close() {
    parts.values().forEach(Part::close);
  }
}
