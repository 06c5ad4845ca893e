package io.vecraft.storage.node;

import io.vecraft.error.VecraftException;
import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.storage.shard.ShardCompaction;
import io.vecraft.storage.shard.ShardState;
import java.util.Collection;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rids shards of versions below their horizon, one shard at a time, on a thread of its own: the
 * graph that is built anew takes as long as it took at first.
 */
final class Compactor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

  /** So many operations are copied while nothing is applied. */
  private static final int BEHIND_MAX = 256;

  /** A shard that is written faster than it is copied is taken over nevertheless. */
  private static final int ROUNDS_MAX = 50;

  private final StorageConfig config;
  private final Supplier<Collection<ShardReplica>> replicas;
  private final Consumer<ShardReplica> compacted;
  private final Thread thread;
  private final ReentrantLock one = new ReentrantLock();
  private final Object signal = new Object();
  private volatile boolean closed;

  /**
   * @param compacted told of each shard that has been compacted
   */
  Compactor(
      StorageConfig config,
      Supplier<Collection<ShardReplica>> replicas,
      Consumer<ShardReplica> compacted) {
    this.config = config;
    this.replicas = replicas;
    this.compacted = compacted;
    this.thread =
        Thread.ofPlatform().name("compactor-" + config.name()).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (awaitNext()) {
      try {
        compactAll();
      } catch (RuntimeException e) {
        LOG.error("compaction failed", e);
      }
    }
  }

  private boolean awaitNext() {
    synchronized (signal) {
      try {
        if (!closed) {
          signal.wait(Math.max(1, config.compaction().interval().toMillis()));
        }
      } catch (InterruptedException e) {
        return false;
      }
    }
    return !closed;
  }

  /** Compacts every shard that is due; how many were. */
  int compactAll() {
    int count = 0;
    for (ShardReplica replica : replicas.get()) {
      if (!closed && compact(replica)) {
        count++;
        compacted.accept(replica);
      }
    }
    return count;
  }

  private boolean compact(ShardReplica replica) {
    one.lock();
    try {
      return replica.mounted().use(shard -> compact(replica, shard));
    } catch (DamagedBlockException e) {
      replica.reportDamage(e);
      return false;
    } catch (VecraftException e) {
      LOG.debug("shard {} has gone meanwhile: {}", replica.shard(), e.toString());
      return false;
    } finally {
      one.unlock();
    }
  }

  private boolean compact(ShardReplica replica, MountedShard shard) {
    ShardState state = shard.state();
    long horizon = replica.horizon(config.outcomeWindow());
    if (!replica.uses(shard) || horizon <= state.compacted().stamp() || !due(state, horizon)) {
      return false;
    }
    BooleanSupplier stop = () -> closed || !replica.uses(shard);
    int before = state.size();
    try (ShardCompaction compaction = new ShardCompaction(state, horizon)) {
      int rounds = 0;
      do {
        if (!compaction.copy(stop) || !compaction.link(stop)) {
          return false;
        }
      } while (compaction.behind() > BEHIND_MAX && ++rounds < ROUNDS_MAX);
      if (!replica.replace(shard, compaction::finish)) {
        return false;
      }
      LOG.info(
          "shard {} of collection {} is compacted: {} versions were held, now {}; none that ended up"
              + " to {}",
          replica.shard().shard(),
          replica.shard().collectionId(),
          before,
          compaction.to().size(),
          horizon);
      return true;
    }
  }

  private boolean due(ShardState state, long horizon) {
    double wanted =
        Math.max(config.compaction().versionsMin(), config.compaction().share() * state.size());
    // Cheap first: what cannot be removed are the records that there are.
    return state.size() - state.records() >= wanted
        && ShardCompaction.removable(state, horizon) >= wanted;
  }

  /** Ends a compaction under way without its result. */
  @Override
  public void close() {
    closed = true;
    synchronized (signal) {
      signal.notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
