package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
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
          ErrorCode.SNAPSHOT_EXPIRED);

  private final Replicas replicas;

  ShardReads(Replicas replicas) {
    this.replicas = replicas;
  }

  /**
   * Parts of an answer.
   *
   * @param parts of the shards that answered, in the order of the plan
   * @param indexVersion operations applied to these shards up to the plan's stamp
   */
  record Parts<T>(List<T> parts, long indexVersion) {}

  /** All parts, or with {@code allow_partial} at least one. */
  <T> Parts<T> run(ReadPlan plan, ReadOptions options, BiFunction<Target, ShardReader, T> part) {
    var parts = new ArrayList<T>(plan.targets().size());
    long indexVersion = 0;
    Optional<VecraftException> failure = Optional.empty();
    for (Target target : plan.targets()) {
      try {
        options.deadline().check("reading the shards");
        indexVersion += read(plan, target, r -> r.operationsApplied(plan.asOf()));
        parts.add(read(plan, target, r -> part.apply(target, r)));
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
    return new Parts<>(parts, indexVersion);
  }

  /** One part, from the target's replica or another one. */
  <T> T read(ReadPlan plan, Target target, Function<ShardReader, T> part) {
    try {
      return part.apply(target.reader());
    } catch (VecraftException e) {
      if (!REPLICA_FAILURES.contains(e.code())) {
        throw e;
      }
      for (ShardReader other : replicas.of(target.id())) {
        if (other != target.reader() && other.frontier() >= plan.asOf()) {
          try {
            return part.apply(other);
          } catch (VecraftException again) {
            continue;
          }
        }
      }
      throw e;
    }
  }
}
