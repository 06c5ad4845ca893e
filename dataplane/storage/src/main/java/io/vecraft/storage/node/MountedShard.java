package io.vecraft.storage.node;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.storage.shard.ShardReads;
import io.vecraft.storage.shard.ShardState;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A shard's state in use. Its memory is freed when it has been retired and the last use of it has
 * ended. Safe for concurrent use.
 */
final class MountedShard {
  private static final int RETIRED = Integer.MIN_VALUE;

  private final ShardState state;
  private final ShardReads reads;

  /** Uses under way, and {@link #RETIRED} added once. */
  private final AtomicInteger uses = new AtomicInteger();

  MountedShard(ShardState state) {
    this.state = state;
    this.reads = state.reads();
  }

  /** Runs {@code use} while the memory is there; {@code unavailable} once retired. */
  <T> T use(Function<MountedShard, T> use) {
    if (uses.incrementAndGet() < 0) {
      leave();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "shard " + state.id() + " has gone");
    }
    try {
      return use.apply(this);
    } finally {
      leave();
    }
  }

  private void leave() {
    if (uses.decrementAndGet() == RETIRED) {
      state.close();
    }
  }

  /**
   * Frees the memory as soon as nobody uses it. To be called once, when nothing is applied to it.
   */
  void retire() {
    if (uses.addAndGet(RETIRED) == RETIRED) {
      state.close();
    }
  }

  /** The state; within {@link #use}, or by the one thread that applies. */
  ShardState state() {
    return state;
  }

  ShardReads reads() {
    return reads;
  }
}
