package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Takes the checksum of every replica of a plan's shards at the plan's stamp. That reads every
 * record, so one call runs at a time. Safe for concurrent use.
 */
final class ReplicaChecksums {
  private final Replicas replicas;
  private final Semaphore turn = new Semaphore(1);

  ReplicaChecksums(Replicas replicas) {
    this.replicas = replicas;
  }

  /**
   * By shard. A replica that cannot be read is in the answer with its problem.
   *
   * @throws VecraftException {@code deadline_exceeded}; or the problem of a shard without any
   *     replica that can be read
   */
  List<ChecksumAnswer.Shard> of(ReadPlan plan, ReadOptions options) {
    if (!acquire(options)) {
      throw new VecraftException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed behind another comparison of replicas");
    }
    try {
      return plan.targets().stream().map(t -> shard(plan, t, options)).toList();
    } finally {
      turn.release();
    }
  }

  private boolean acquire(ReadOptions options) {
    try {
      long nanos = Math.max(0, options.deadline().remainingNanos());
      return turn.tryAcquire(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private ChecksumAnswer.Shard shard(ReadPlan plan, ReadPlan.Target target, ReadOptions options) {
    var answers = new ArrayList<ChecksumAnswer.Replica>();
    Optional<VecraftException> problem = Optional.empty();
    boolean any = false;
    for (ShardReader reader : replicas.of(target.id())) {
      options.deadline().check("comparing replicas");
      try {
        reader.awaitFrontier(plan.asOf(), options.deadline());
        long checksum = reader.within(options.deadline()).checksum(plan.asOf());
        answers.add(new ChecksumAnswer.Replica(reader.node(), Optional.of(checksum), ""));
        any = true;
      } catch (VecraftException e) {
        if (e.code() == ErrorCode.DEADLINE_EXCEEDED) {
          throw e;
        }
        problem = Optional.of(e);
        answers.add(new ChecksumAnswer.Replica(reader.node(), Optional.empty(), e.reason()));
      }
    }
    if (!any && problem.isPresent()) {
      throw problem.get();
    }
    return new ChecksumAnswer.Shard(target.id().shard(), answers);
  }
}
