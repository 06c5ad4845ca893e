package io.vecraft.query;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.query.HedgedParts.Result;
import io.vecraft.query.ReadPlan.Target;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Runs the parts of a read on the shards of its plan.
 *
 * <p>In one process one after the other on the caller's thread: a part is short, and another thread
 * would only wait for the same cores. Where replicas are in other processes all at the same time
 * ({@link HedgedParts}). Either way a replica that fails is replaced by another one. Safe for
 * concurrent use.
 */
final class ShardReads {
  private final Replicas replicas;
  private final Map<PartKind, HedgeBudget> budgets = new EnumMap<>(PartKind.class);

  ShardReads(Replicas replicas) {
    this.replicas = replicas;
    for (PartKind kind : PartKind.values()) {
      budgets.put(kind, new HedgeBudget());
    }
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
  <T> Parts<T> run(
      ReadPlan plan, ReadOptions options, PartKind kind, BiFunction<Target, ShardReader, T> part) {
    // The count comes with the answer where the replica is in another process: so after it.
    BiFunction<Target, ShardReader, Answered<T>> answered =
        (target, r) -> new Answered<>(part.apply(target, r), r.operationsApplied(plan.asOf()));
    List<Result<Answered<T>>> results =
        results(plan, plan.targets(), kind, options.deadline(), !options.allowPartial(), answered);
    var parts = new ArrayList<T>(results.size());
    var applied = new ArrayList<Long>(results.size());
    Optional<VecraftException> failure = Optional.empty();
    for (Result<Answered<T>> result : results) {
      if (result.answer().isPresent()) {
        parts.add(result.answer().get().part());
        applied.add(result.answer().get().operationsApplied());
      } else {
        failure = result.failure();
      }
    }
    if (failure.isPresent() && (!options.allowPartial() || parts.isEmpty())) {
      throw failure.get();
    }
    return new Parts<>(parts, applied);
  }

  /** One part, from the target's replica or another one. */
  <T> T read(
      ReadPlan plan,
      Target target,
      PartKind kind,
      Deadline deadline,
      Function<ShardReader, T> part) {
    Result<T> result =
        results(plan, List.of(target), kind, deadline, true, (t, r) -> part.apply(r)).getFirst();
    if (result.failure().isPresent()) {
      throw result.failure().get();
    }
    return result.answer().orElseThrow();
  }

  private <T> List<Result<T>> results(
      ReadPlan plan,
      List<Target> targets,
      PartKind kind,
      Deadline deadline,
      boolean needsAll,
      BiFunction<Target, ShardReader, T> part) {
    for (Target target : targets) {
      if (target.reader().isRemote()) {
        HedgeBudget budget = budgets.getOrDefault(kind, new HedgeBudget());
        return new HedgedParts<>(replicas, budget, plan.asOf(), deadline, needsAll, part)
            .read(targets);
      }
    }
    var results = new ArrayList<Result<T>>(targets.size());
    for (Target target : targets) {
      try {
        deadline.check("reading the shards");
        results.add(new Result<>(Optional.of(here(plan, target, part)), Optional.empty()));
      } catch (VecraftException e) {
        results.add(new Result<>(Optional.empty(), Optional.of(e)));
        if (needsAll) {
          return results;
        }
      }
    }
    return results;
  }

  /** A part of a shard in this process. */
  private <T> T here(ReadPlan plan, Target target, BiFunction<Target, ShardReader, T> part) {
    try {
      return counted(target, target.reader(), part);
    } catch (VecraftException e) {
      if (!ReplicaFailures.isOne(e)) {
        throw e;
      }
      for (ShardReader other : replicas.of(target.id())) {
        if (other != target.reader() && other.frontier() >= plan.asOf()) {
          try {
            return counted(target, other, part);
          } catch (VecraftException again) {
            continue;
          }
        }
      }
      throw e;
    }
  }

  private <T> T counted(
      Target target, ShardReader reader, BiFunction<Target, ShardReader, T> part) {
    replicas.loads().begin(reader);
    try {
      return part.apply(target, reader);
    } finally {
      replicas.loads().end(reader);
    }
  }

  /** Operations applied to all shards of the plan up to its stamp. */
  long indexVersion(ReadPlan plan, Deadline deadline) {
    long sum = 0;
    for (Target target : plan.targets()) {
      OptionalLong known =
          target.reader().isRemote()
              ? target.reader().operationsAppliedIfKnown(plan.asOf())
              : OptionalLong.empty();
      sum +=
          known.isPresent()
              ? known.getAsLong()
              : read(
                  plan, target, PartKind.VERSION, deadline, r -> r.operationsApplied(plan.asOf()));
    }
    return sum;
  }
}
