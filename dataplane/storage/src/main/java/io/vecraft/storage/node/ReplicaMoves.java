package io.vecraft.storage.node;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.ReplicaMap;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.storage.read.ShardId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens and closes replicas as the map of replicas in SYSTEM says, on a thread of its own.
 *
 * <p>Replicas of new collections are opened by the replay that meets them; here are those of
 * collections that were there before. One that joins gets a replay of its own until it is as far as
 * the others of its partition, then goes over to theirs. One that the map does not name any more
 * answers no new reads at once, is closed a moment later, so that reads under way end, and its
 * files are removed: whoever took it out of the map has seen to it that others serve.
 *
 * <p>Invariant: between the end of a replica and the removal of its files no other replica of the
 * shard is opened here.
 */
final class ReplicaMoves implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaMoves.class);
  private static final Duration DRAIN = Duration.ofSeconds(1);

  /** While something is under way or has failed. */
  private static final Duration SOON = Duration.ofMillis(100);

  private static final Duration ANYWAY = Duration.ofSeconds(10);

  private final String node;
  private final Host host;
  private final Set<ShardId> leaving = ConcurrentHashMap.newKeySet();
  private final Thread thread;

  // Guarded by `signal`.
  private final Object signal = new Object();
  private boolean signalled;
  private long announced;
  private boolean closed;

  /** The node whose replicas these are. */
  interface Host {
    /** The newest catalog whose new collections have been opened. */
    Catalog catalog();

    List<ShardReplica> replicas();

    boolean hasReplica(ShardId shard);

    /**
     * Opens a replica with a replay of its own.
     *
     * @throws VecraftException when the journal does not answer
     */
    void join(CollectionState collection, ShardId shard);

    /** Whether a replica is fed by a replay of its own and could be by its partition's. */
    boolean isApart(ShardReplica replica);

    /** Hands a replica over to its partition's replay if it has come as far. */
    void settle(ShardReplica replica);

    /** Feeds a replica no more and lets no new reads in. */
    void release(ShardReplica replica);

    /** Frees a released replica and removes its files. */
    void remove(ShardReplica replica);
  }

  ReplicaMoves(String node, Host host) {
    this.node = node;
    this.host = host;
    this.thread = Thread.ofPlatform().name("moves-" + node).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** A catalog of that stamp is on its way. */
  void announce(long stamp) {
    synchronized (signal) {
      signalled = true;
      announced = Math.max(announced, stamp);
      signal.notifyAll();
    }
  }

  /** Whether a replica of the shard is on its way out, so that none may be opened. */
  boolean isLeaving(ShardId shard) {
    return leaving.contains(shard);
  }

  private void run() {
    Duration wait = ANYWAY;
    try {
      while (await(wait)) {
        try {
          wait = step() ? SOON : ANYWAY;
        } catch (VecraftException e) {
          LOG.info("replicas are not moved for now: {}", e.reason());
          wait = SOON;
        } catch (RuntimeException e) {
          LOG.error("moving replicas failed", e);
          wait = ANYWAY;
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("replicas are no longer moved");
    }
  }

  /** Waits for news; false once closed. */
  private boolean await(Duration atMost) throws InterruptedException {
    synchronized (signal) {
      if (!signalled && !closed) {
        signal.wait(Math.max(1, atMost.toMillis()));
      }
      signalled = false;
      return !closed;
    }
  }

  /** Does what is to be done now; whether something is left for soon. */
  private boolean step() throws InterruptedException {
    long seen = host.catalog().stamp();
    leave();
    boolean pending = join() || seen < announced();
    for (ShardReplica replica : host.replicas()) {
      if (host.isApart(replica)) {
        host.settle(replica);
        pending |= host.isApart(replica);
      }
    }
    return pending;
  }

  private long announced() {
    synchronized (signal) {
      return announced;
    }
  }

  private void leave() throws InterruptedException {
    Catalog catalog = host.catalog();
    List<ShardReplica> gone = new ArrayList<>();
    for (ShardReplica replica : host.replicas()) {
      if (placement(catalog, replica.shard()).filter(p -> !ReplicaMap.has(p, node)).isPresent()) {
        gone.add(replica);
      }
    }
    if (gone.isEmpty()) {
      return;
    }
    gone.forEach(replica -> {
      LOG.info(
          "the replica of shard {} of collection {} leaves this node",
          replica.shard().shard(),
          replica.shard().collectionId());
      leaving.add(replica.shard());
      host.release(replica);
    });
    try {
      drain();
    } finally {
      gone.forEach(replica -> {
        host.remove(replica);
        leaving.remove(replica.shard());
      });
    }
  }

  private void drain() throws InterruptedException {
    long until = System.nanoTime() + DRAIN.toNanos();
    synchronized (signal) {
      for (long left = DRAIN.toNanos(); left > 0 && !closed; left = until - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(signal, left);
      }
    }
  }

  /** Opens what is missing; whether it could not all be. */
  private boolean join() {
    boolean missing = false;
    Catalog catalog = host.catalog();
    for (CollectionState collection : catalog.collections()) {
      for (ShardPlacement placement : collection.getPlacementsList()) {
        ShardId shard = new ShardId(collection.getId(), placement.getShard());
        if (ReplicaMap.has(placement, node) && !host.hasReplica(shard)) {
          LOG.info(
              "a replica of shard {} of collection {} joins this node",
              shard.shard(),
              shard.collectionId());
          host.join(collection, shard);
          missing |= !host.hasReplica(shard);
        }
      }
    }
    return missing;
  }

  /** Where a shard is placed; empty when its collection is not in the catalog. */
  static Optional<ShardPlacement> placement(Catalog catalog, ShardId shard) {
    return catalog
        .collection(shard.collectionId())
        .filter(c -> shard.shard() < c.getPlacementsCount())
        .map(c -> c.getPlacements(shard.shard()));
  }

  /** Lets what is under way end. */
  @Override
  public void close() {
    synchronized (signal) {
      closed = true;
      signal.notifyAll();
    }
    try {
      // Without waiting when it was never started.
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
