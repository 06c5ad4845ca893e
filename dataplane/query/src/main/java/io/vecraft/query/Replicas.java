package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The replicas of shards on all storage nodes, and waiting for them. Safe for concurrent use. */
public final class Replicas {
  /** Replicas this close to the freshest share the eventual reads. */
  private static final long SIMILAR_MILLIS = 20;

  private static final long FIRST_TURN_MILLIS = 50;
  private static final long LONGEST_TURN_MILLIS = 1_000;

  private final Supplier<? extends List<? extends StorageNodeView>> known;
  private final AtomicInteger turn = new AtomicInteger();

  /** Over the nodes that are known whenever they are needed. */
  Replicas(Supplier<? extends List<? extends StorageNodeView>> known) {
    this.known = known;
  }

  /** The replicas that serve a shard. */
  public List<ShardReader> of(ShardId shard) {
    List<? extends StorageNodeView> nodes = known.get();
    if (nodes.size() == 1) {
      return nodes.getFirst().reader(shard).map(List::of).orElse(List.of());
    }
    var readers = new ArrayList<ShardReader>(nodes.size());
    for (StorageNodeView node : nodes) {
      node.reader(shard).ifPresent(readers::add);
    }
    return readers;
  }

  /** A replica about as fresh as the freshest, in turn. */
  Optional<ShardReader> pick(ShardId shard) {
    List<ShardReader> all = of(shard);
    if (all.size() <= 1) {
      return all.stream().findFirst();
    }
    long best = all.stream().mapToLong(ShardReader::frontier).max().orElse(0);
    List<ShardReader> similar =
        all.stream()
            .filter(r -> Stamp.millis(r.frontier()) >= Stamp.millis(best) - SIMILAR_MILLIS)
            .toList();
    return Optional.of(similar.get(Math.floorMod(turn.getAndIncrement(), similar.size())));
  }

  /**
   * A replica whose frontier has reached {@code stamp}. The freshest is waited for first; when it
   * takes long or fails, the others get their turns.
   *
   * @throws VecraftException {@code deadline_exceeded}, or {@code unavailable} and its kin when
   *     every replica has failed
   */
  public ShardReader awaitAny(ShardId shard, long stamp, Deadline deadline) {
    Set<ShardReader> failed = new HashSet<>();
    Set<ShardReader> hadTurn = new HashSet<>();
    long turnMillis = FIRST_TURN_MILLIS;
    VecraftException last =
        new VecraftException(ErrorCode.UNAVAILABLE, "no replica serves " + shard);
    while (true) {
      List<ShardReader> alive = of(shard).stream().filter(r -> !failed.contains(r)).toList();
      if (alive.isEmpty()) {
        throw last;
      }
      Optional<ShardReader> next =
          alive.stream()
              .filter(r -> !hadTurn.contains(r) || r.frontier() >= stamp)
              .max(Comparator.comparingLong(ShardReader::frontier));
      if (next.isEmpty()) {
        hadTurn.clear();
        turnMillis = Math.min(2 * turnMillis, LONGEST_TURN_MILLIS);
        continue;
      }
      ShardReader reader = next.get();
      if (reader.frontier() >= stamp) {
        return reader;
      }
      try {
        reader.awaitFrontier(stamp, alive.size() == 1 ? deadline : sooner(deadline, turnMillis));
        return reader;
      } catch (VecraftException e) {
        last = e;
        if (e.code() == ErrorCode.DEADLINE_EXCEEDED) {
          deadline.check("waiting for a replica of " + shard);
          hadTurn.add(reader);
        } else {
          failed.add(reader);
        }
      }
    }
  }

  private static Deadline sooner(Deadline deadline, long millis) {
    long turnEnds = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    return turnEnds - deadline.nanos() < 0 ? new Deadline(turnEnds) : deadline;
  }

  /** Waits until every replica of the shard has reached {@code stamp}. */
  public void awaitAll(ShardId shard, long stamp, Deadline deadline) {
    for (ShardReader reader : of(shard)) {
      if (reader.frontier() < stamp) {
        reader.awaitFrontier(stamp, deadline);
      }
    }
  }

  /**
   * Waits until the nodes have the replicas of the collections made up to {@code stamp}. One that
   * cannot be reached is passed over as long as another has them.
   */
  public void awaitCatalog(long stamp, Deadline deadline) {
    VecraftException last = new VecraftException(ErrorCode.UNAVAILABLE, "no storage node is known");
    boolean reached = false;
    for (StorageNodeView node : known.get()) {
      try {
        node.awaitCatalog(stamp, deadline);
        reached = true;
      } catch (VecraftException e) {
        deadline.check("waiting for storage nodes");
        last = e;
      }
    }
    if (!reached) {
      throw last;
    }
  }

  /**
   * Makes sure that a transaction which needs an outcome record has one. Every node can decide; the
   * first that succeeds is enough.
   */
  public void decide(long transactionStamp, Deadline deadline) {
    VecraftException last =
        new VecraftException(ErrorCode.UNAVAILABLE, "no storage node decides transactions");
    for (StorageNodeView node : known.get()) {
      try {
        node.decide(transactionStamp, deadline);
        return;
      } catch (VecraftException e) {
        deadline.check("deciding a transaction");
        last = e;
      }
    }
    throw last;
  }

  /** Names of the nodes whose replica of the shard has reached {@code stamp}. */
  public List<String> appliedBy(ShardId shard, long stamp) {
    return of(shard).stream().filter(r -> r.frontier() >= stamp).map(ShardReader::node).toList();
  }
}
