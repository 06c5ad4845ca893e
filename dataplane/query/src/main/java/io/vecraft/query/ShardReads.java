package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.query.ReadPlan.Target;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Runs the parts of a read on the shards of its plan, one after the other on the caller's thread: a
 * part is short, and another thread would only wait for the same cores. A replica that fails is
 * replaced by another one that has reached the plan's stamp.
 */
final class ShardReads {
  private static final Set<ErrorCode> REPLICA_FAILURES =
      Set.of(
          ErrorCode.UNAVAILABLE,
          ErrorCode.NOT_READY,
          ErrorCode.DATA_DAMAGED,
          ErrorCode.BACK_PRESSURE,
          ErrorCode.SNAPSHOT_EXPIRED);

  private final Replicas replicas;

  ShardReads(Replicas replicas) {
    this.replicas = replicas;
  }

  /**
   * Parts of an answer.
   *
   * @param parts of the shards that answered, in the order of the plan
   * @param applied operations applied to each of these shards up to the plan's stamp
   */
  record Parts<T>(List<T> parts, List<Long> applied) {
    /** Operations applied to these shards. */
    long indexVersion() {
      return applied.stream().mapToLong(Long::longValue).sum();
    }
  }

  private record Answered<T>(T part, long operationsApplied) {}

  /** All parts, or with {@code allow_partial} at least one. */
  <T> Parts<T> run(ReadPlan plan, ReadOptions options, BiFunction<Target, ShardReader, T> part) {
    var parts = new ArrayList<T>(plan.targets().size());
    var applied = new ArrayList<Long>(plan.targets().size());
    Optional<VecraftException> failure = Optional.empty();
    for (Target target : plan.targets()) {
      try {
        options.deadline().check("reading the shards");
        // The count comes with the answer where the replica is in another process: so after it.
        Answered<T> answered =
            read(
                plan,
                target,
                options.deadline(),
                r -> new Answered<>(part.apply(target, r), r.operationsApplied(plan.asOf())));
        parts.add(answered.part());
        applied.add(answered.operationsApplied());
      } catch (VecraftException e) {
        if (!options.allowPartial()) {
          throw e;
        }
        failure = Optional.of(e);
      }
    }
    if (parts.isEmpty() && failure.isPresent()) {
      throw failure.get();
    }
    return new Parts<>(parts, applied);
  }

  /** One part, from the target's replica or another one. */
  <T> T read(ReadPlan plan, Target target, Deadline deadline, Function<ShardReader, T> part) {
    try {
      return part.apply(target.reader().within(deadline));
    } catch (VecraftException e) {
      if (!REPLICA_FAILURES.contains(e.code())) {
        throw e;
      }
      for (ShardReader other : replicas.of(target.id())) {
        if (other != target.reader() && other.frontier() >= plan.asOf()) {
          try {
            return part.apply(other.within(deadline));
          } catch (VecraftException again) {
            deadline.check("reading the shards");
          }
        }
      }
      throw e;
    }
  }

  /** Operations applied to all shards of the plan up to its stamp. */
  long indexVersion(ReadPlan plan, Deadline deadline) {
    long sum = 0;
    for (Target target : plan.targets()) {
      sum += read(plan, target, deadline, r -> r.operationsApplied(plan.asOf()));
    }
    return sum;
  }
}
