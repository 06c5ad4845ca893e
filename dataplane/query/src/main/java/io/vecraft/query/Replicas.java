package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/** The replicas of shards on all storage nodes, and waiting for them. Safe for concurrent use. */
public final class Replicas {
  /** Replicas this close to the freshest share the eventual reads. */
  private static final long SIMILAR_MILLIS = 20;

  private static final long FIRST_TURN_MILLIS = 50;
  private static final long LONGEST_TURN_MILLIS = 1_000;
  private static final long FIRST_DECISION_MILLIS = 200;
  private static final long PAUSE_MILLIS = 10;
  private static final long PATIENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

  /** What may be over in a moment: a connection that broke, a process that has just started. */
  private static final Set<ErrorCode> PASSING =
      Set.of(ErrorCode.UNAVAILABLE, ErrorCode.NOT_READY, ErrorCode.BACK_PRESSURE);

  private final Supplier<? extends List<? extends StorageNodeView>> known;
  private final AtomicInteger turn = new AtomicInteger();
  private final NodeLoads loads = new NodeLoads();

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

  /**
   * A replica about as fresh as the freshest, of these the one with the fewest reads under way.
   *
   * @param enough those that have reached it are preferred: a session's token, the stamp to read at
   */
  Optional<ShardReader> pick(ShardId shard, long enough) {
    List<ShardReader> all = of(shard);
    if (all.size() <= 1) {
      return all.stream().findFirst();
    }
    List<ShardReader> reached = all.stream().filter(r -> r.frontier() >= enough).toList();
    List<ShardReader> candidates = reached.isEmpty() ? all : reached;
    long best = candidates.stream().mapToLong(ShardReader::frontier).max().orElse(0);
    long similar = Stamp.millis(best) - SIMILAR_MILLIS;
    return least(candidates.stream().filter(r -> Stamp.millis(r.frontier()) >= similar).toList());
  }

  /** One of those with the fewest reads under way, in turn. */
  private Optional<ShardReader> least(List<ShardReader> readers) {
    if (readers.size() <= 1) {
      return readers.stream().findFirst();
    }
    int first = Math.floorMod(turn.getAndIncrement(), readers.size());
    ShardReader least = readers.get(first);
    int leastLoad = loads.of(least);
    for (int i = 1; i < readers.size(); i++) {
      ShardReader reader = readers.get((first + i) % readers.size());
      int load = loads.of(reader);
      if (load < leastLoad) {
        least = reader;
        leastLoad = load;
      }
    }
    return Optional.of(least);
  }

  /** A replica that has reached {@code stamp}, with the fewest reads under way. */
  Optional<ShardReader> reached(ShardId shard, long stamp, Set<ShardReader> but) {
    return least(
        of(shard).stream()
            .filter(r -> !but.contains(r) && r.frontier() >= stamp && r.safePoint() <= stamp)
            .toList());
  }

  NodeLoads loads() {
    return loads;
  }

  /**
   * A replica whose frontier has reached {@code stamp}. The freshest is waited for first; when it
   * takes long or fails, the others get their turns. While no replica serves at all, or each has
   * just failed, it is waited a moment whether one comes back.
   *
   * @throws VecraftException {@code deadline_exceeded}, or {@code unavailable} and its kin when
   *     every replica has failed
   */
  public ShardReader awaitAny(ShardId shard, long stamp, Deadline deadline) {
    return awaitAny(shard, stamp, deadline, Set.of());
  }

  /** The same, for one that these have failed to answer already. */
  ShardReader awaitAny(ShardId shard, long stamp, Deadline deadline, Set<ShardReader> but) {
    Set<ShardReader> failed = new HashSet<>(but);
    Set<ShardReader> hadTurn = new HashSet<>();
    long turnMillis = FIRST_TURN_MILLIS;
    long patienceEnds = System.nanoTime() + patience(deadline);
    VecraftException last =
        new VecraftException(ErrorCode.UNAVAILABLE, "no replica serves " + shard);
    while (true) {
      List<ShardReader> alive = of(shard).stream().filter(r -> !failed.contains(r)).toList();
      if (alive.isEmpty()) {
        if (System.nanoTime() - patienceEnds >= 0 || !PASSING.contains(last.code())) {
          throw last;
        }
        pause();
        failed.clear();
        continue;
      }
      Optional<ShardReader> reached =
          least(alive.stream().filter(r -> r.frontier() >= stamp).toList());
      if (reached.isPresent()) {
        return reached.get();
      }
      Optional<ShardReader> next =
          alive.stream()
              .filter(r -> !hadTurn.contains(r))
              .max(Comparator.comparingLong(ShardReader::frontier));
      if (next.isEmpty()) {
        hadTurn.clear();
        turnMillis = Math.min(2 * turnMillis, LONGEST_TURN_MILLIS);
        continue;
      }
      ShardReader reader = next.get();
      try {
        // Also the only one gets turns: another may come meanwhile.
        reader.awaitFrontier(
            stamp, sooner(deadline, alive.size() == 1 ? LONGEST_TURN_MILLIS : turnMillis));
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

  /** How long it may be waited for replicas that are not there. */
  private static long patience(Deadline deadline) {
    return Math.clamp(deadline.remainingNanos() / 4, 0, PATIENCE_NANOS_MAX);
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting for a replica");
    }
  }

  /**
   * What a replica answers that has reached {@code stamp}; another one is asked when it fails.
   *
   * @param part of a read, which does not change anything
   */
  public <T> T read(ShardId shard, long stamp, Deadline deadline, Function<ShardReader, T> part) {
    Set<ShardReader> failed = new HashSet<>();
    while (true) {
      ShardReader reader = awaitAny(shard, stamp, deadline, failed);
      loads.begin(reader);
      try {
        return part.apply(reader.within(deadline));
      } catch (VecraftException e) {
        deadline.check("reading " + shard);
        if (!ReplicaFailures.isOne(e) || !failed.add(reader)) {
          throw e;
        }
      } finally {
        loads.end(reader);
      }
    }
  }

  private static Deadline sooner(Deadline deadline, long millis) {
    long turnEnds = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    return turnEnds - deadline.nanos() < 0 ? new Deadline(turnEnds) : deadline;
  }

  /**
   * Waits until every replica that serves the shard has reached {@code stamp}; one that ceases to
   * serve meanwhile is waited for no more.
   */
  public void awaitAll(ShardId shard, long stamp, Deadline deadline) {
    for (ShardReader reader : of(shard)) {
      long patienceEnds = System.nanoTime() + patience(deadline);
      boolean reached = reader.frontier() >= stamp;
      while (!reached && of(shard).contains(reader)) {
        try {
          reader.awaitFrontier(stamp, deadline);
          reached = true;
        } catch (VecraftException e) {
          if (System.nanoTime() - patienceEnds >= 0 || !PASSING.contains(e.code())) {
            throw e;
          }
          // Where it has gone, that is about to be heard.
          pause();
        }
      }
    }
  }

  /**
   * Waits until the nodes have the replicas of the collections made up to {@code stamp}. One that
   * cannot be reached is passed over as long as another has them.
   */
  public void awaitCatalog(long stamp, Deadline deadline) {
    awaitCatalog(stamp, deadline, () -> false);
  }

  /**
   * Waits until there are replicas of these shards, or as {@link #awaitCatalog(long, Deadline)}.
   */
  void awaitCatalog(long stamp, Deadline deadline, Collection<ShardId> wanted) {
    awaitCatalog(stamp, deadline, () -> wanted.stream().noneMatch(s -> of(s).isEmpty()));
  }

  private void awaitCatalog(long stamp, Deadline deadline, BooleanSupplier enough) {
    long patienceEnds = System.nanoTime() + patience(deadline);
    while (true) {
      try {
        awaitCatalogOnce(stamp, deadline, enough);
        return;
      } catch (VecraftException e) {
        if (System.nanoTime() - patienceEnds >= 0 || !PASSING.contains(e.code())) {
          throw e;
        }
        pause();
      }
    }
  }

  private void awaitCatalogOnce(long stamp, Deadline deadline, BooleanSupplier enough) {
    List<? extends StorageNodeView> nodes = known.get();
    if (nodes.size() == 1) {
      nodes.getFirst().awaitCatalog(stamp, deadline);
      return;
    }
    var ends = new LinkedBlockingQueue<Optional<VecraftException>>();
    for (StorageNodeView node : nodes) {
      Thread.ofVirtual()
          .name("await-catalog")
          .start(() -> ends.add(failure(() -> node.awaitCatalog(stamp, deadline))));
    }
    VecraftException last = new VecraftException(ErrorCode.UNAVAILABLE, "no storage node is known");
    boolean reached = false;
    for (int i = 0; i < nodes.size() && !(reached && enough.getAsBoolean()); i++) {
      Optional<VecraftException> end = next(ends, deadline);
      reached |= end.isEmpty();
      last = end.orElse(last);
    }
    if (!reached) {
      throw last;
    }
  }

  private static Optional<VecraftException> failure(Runnable waiting) {
    try {
      waiting.run();
      return Optional.empty();
    } catch (VecraftException e) {
      return Optional.of(e);
    } catch (RuntimeException e) {
      return Optional.of(new VecraftException(ErrorCode.UNAVAILABLE, "a storage node: " + e));
    }
  }

  private static Optional<VecraftException> next(
      LinkedBlockingQueue<Optional<VecraftException>> ends, Deadline deadline) {
    try {
      Optional<VecraftException> end =
          ends.poll(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
      if (end == null) {
        throw new VecraftException(
            ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while waiting for storage nodes");
      }
      return end;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting");
    }
  }

  /**
   * Makes sure that a transaction which needs an outcome record has one. Every node with one of its
   * shards can decide, and the first that does is enough: each gets its turn, so that one that
   * stands still holds nobody up.
   */
  public void decide(long transactionStamp, Collection<ShardId> shards, Deadline deadline) {
    VecraftException last =
        new VecraftException(ErrorCode.UNAVAILABLE, "no storage node decides transactions");
    Set<StorageNodeView> failed = new HashSet<>();
    long turnMillis = FIRST_DECISION_MILLIS;
    while (true) {
      List<? extends StorageNodeView> alive =
          known.get().stream().filter(node -> !failed.contains(node)).toList();
      List<? extends StorageNodeView> holders =
          alive.stream()
              .filter(node -> shards.stream().anyMatch(shard -> node.reader(shard).isPresent()))
              .toList();
      // Of a collection that was just made nobody may have been heard to have a replica.
      alive = holders.isEmpty() ? alive : holders;
      if (alive.isEmpty()) {
        throw last;
      }
      for (StorageNodeView node : alive) {
        try {
          node.decide(
              transactionStamp, alive.size() == 1 ? deadline : sooner(deadline, turnMillis));
          return;
        } catch (VecraftException e) {
          deadline.check("deciding a transaction");
          last = e;
          if (e.code() != ErrorCode.DEADLINE_EXCEEDED) {
            failed.add(node);
          }
        }
      }
      turnMillis = Math.min(2 * turnMillis, LONGEST_TURN_MILLIS);
    }
  }

  /** Names of the nodes whose replica of the shard has reached {@code stamp}. */
  public List<String> appliedBy(ShardId shard, long stamp) {
    return of(shard).stream().filter(r -> r.frontier() >= stamp).map(ShardReader::node).toList();
  }
}
