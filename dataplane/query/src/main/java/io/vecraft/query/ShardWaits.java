package io.vecraft.query;

import io.opentelemetry.context.Context;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.query.ReadPlan.Target;
import io.vecraft.storage.read.ShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Waits for a replica of each of some shards that has reached a stamp, all at the same time. One is
 * left to the thread that wants the {@link #targets}, unless {@link #startAll} was called before.
 */
final class ShardWaits {
  private final List<FutureTask<Target>> waits;

  private ShardWaits(List<FutureTask<Target>> waits) {
    this.waits = waits;
  }

  static ShardWaits begin(Replicas replicas, List<ShardId> shards, long stamp, Deadline deadline) {
    List<FutureTask<Target>> waits = new ArrayList<>(shards.size());
    for (ShardId shard : shards) {
      waits.add(
          new FutureTask<>(() -> new Target(shard, replicas.awaitAny(shard, stamp, deadline))));
    }
    waits.stream().skip(1).forEach(ShardWaits::start);
    return new ShardWaits(waits);
  }

  private static void start(FutureTask<Target> wait) {
    Thread.ofVirtual().name("await-shard").start(Context.current().wrap(wait));
  }

  /** Lets none of them wait for the thread that wants the targets. */
  ShardWaits startAll() {
    waits.stream().limit(1).forEach(ShardWaits::start);
    return this;
  }

  /** Ends those that still wait. */
  void cancel() {
    waits.forEach(wait -> wait.cancel(true));
  }

  /**
   * The replicas, in the order of the shards.
   *
   * @param allowPartial whether those may be left out that have failed, if another has not
   */
  List<Target> targets(boolean allowPartial) {
    // Nothing happens if it has been started.
    waits.stream().limit(1).forEach(FutureTask::run);
    List<Target> targets = new ArrayList<>(waits.size());
    Optional<VecraftException> failure = Optional.empty();
    for (FutureTask<Target> wait : waits) {
      try {
        targets.add(result(wait));
      } catch (VecraftException e) {
        failure = Optional.of(e);
      }
    }
    if (failure.isPresent() && (!allowPartial || targets.isEmpty())) {
      throw failure.get();
    }
    return targets;
  }

  private static Target result(FutureTask<Target> wait) {
    try {
      return wait.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting for a replica");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof VecraftException known) {
        throw known;
      }
      throw new IllegalStateException("waiting for a replica failed", e.getCause());
    }
  }
}
