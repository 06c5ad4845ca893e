package io.vecraft.storage.node;

import io.vecraft.error.VecraftException;
import io.vecraft.index.memory.DamagedBlockException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/** Threads that put waiting vectors of all shards into their graphs. */
final class Linkers implements AutoCloseable {
  private static final int VECTORS_PER_TURN = 32;
  private static final long IDLE_MS = 1_000;

  private final Supplier<Collection<ShardReplica>> replicas;
  private final List<Thread> threads = new ArrayList<>();

  // Guarded by `signal`.
  private final Object signal = new Object();
  private long announced;

  private volatile boolean closed;

  Linkers(int count, Supplier<Collection<ShardReplica>> replicas) {
    this.replicas = replicas;
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofPlatform().name("linker-" + i).daemon().unstarted(this::run));
    }
  }

  void start() {
    threads.forEach(Thread::start);
  }

  /** New vectors wait. */
  void announce() {
    synchronized (signal) {
      announced++;
      signal.notifyAll();
    }
  }

  private void run() {
    while (!closed) {
      long now;
      synchronized (signal) {
        now = announced;
      }
      boolean worked = false;
      for (ShardReplica replica : replicas.get()) {
        worked |= turn(replica);
      }
      if (!worked && !awaitAfter(now)) {
        return;
      }
    }
  }

  /** Links some vectors of one shard, so that no shard waits for another; whether any waited. */
  static boolean turn(ShardReplica replica) {
    try {
      return replica
          .mounted()
          .use(m -> {
            boolean worked = false;
            for (int i = 0; i < VECTORS_PER_TURN && m.state().vectors().linkNext(); i++) {
              worked = true;
            }
            return worked;
          });
    } catch (DamagedBlockException e) {
      replica.reportDamage(e);
      return false;
    } catch (VecraftException e) {
      // Retired meanwhile.
      return false;
    }
  }

  private boolean awaitAfter(long seen) {
    synchronized (signal) {
      try {
        if (announced == seen && !closed) {
          signal.wait(IDLE_MS);
        }
        return true;
      } catch (InterruptedException e) {
        return false;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    announce();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
