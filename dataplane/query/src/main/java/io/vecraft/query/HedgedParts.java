package io.vecraft.query;

import io.grpc.Context;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.query.ReadPlan.Target;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * The parts of one read on replicas in other processes, all at the same time.
 *
 * <ol>
 *   <li>Every part is asked of the replica of the plan.
 *   <li>A replica that fails is replaced by another that has reached the stamp; where there is none
 *       just now, one is waited for.
 *   <li>A part that takes unusually long is asked of a second replica as well, if the budget
 *       allows; the first answer counts, and the other call is cancelled.
 *   <li>What has no answer at the deadline has failed.
 * </ol>
 *
 * <p>One read; used by the thread that made it, which waits while other threads call.
 */
final class HedgedParts<T> {
  /** A part without an answer for so long is asked elsewhere whatever the budget says. */
  private static final long OVERDUE_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Replicas replicas;
  private final HedgeBudget budget;
  private final long asOf;
  private final Deadline deadline;
  private final boolean needsAll;
  private final BiFunction<Target, ShardReader, T> part;
  private final LinkedBlockingQueue<End<T>> ends = new LinkedBlockingQueue<>();
  private final List<Slot<T>> slots = new ArrayList<>();
  private Optional<VecraftException> givenUp = Optional.empty();

  /**
   * @param needsAll one part that has failed is the end of the read
   */
  HedgedParts(
      Replicas replicas,
      HedgeBudget budget,
      long asOf,
      Deadline deadline,
      boolean needsAll,
      BiFunction<Target, ShardReader, T> part) {
    this.replicas = replicas;
    this.budget = budget;
    this.asOf = asOf;
    this.deadline = deadline;
    this.needsAll = needsAll;
    this.part = part;
  }

  /** What came of a part: either an answer or a failure. */
  record Result<T>(Optional<T> answer, Optional<VecraftException> failure) {}

  /** A part and the calls for it. Used by the reading thread. */
  private static final class Slot<T> {
    final Target target;
    final long startedNanos = System.nanoTime();
    final Set<ShardReader> tried = new HashSet<>();
    final List<Thread> calls = new ArrayList<>();
    Optional<Result<T>> result = Optional.empty();
    int underWay;
    long hedgeAtNanos;
    long overdueNanos;
    boolean waited;

    Slot(Target target) {
      this.target = target;
    }
  }

  /** The end of a call: an answer, a failure, or what nobody expected. */
  private record End<T>(
      Slot<T> slot, boolean first, Optional<T> answer, Optional<Throwable> failure) {}

  /** The results in the order of the targets. */
  List<Result<T>> read(List<Target> targets) {
    for (Target target : targets) {
      var slot = new Slot<T>(target);
      slot.hedgeAtNanos = slot.startedNanos + budget.begin();
      slot.overdueNanos =
          slot.startedNanos + Math.clamp(deadline.remainingNanos() / 4, 0, OVERDUE_NANOS_MAX);
      slots.add(slot);
      call(slot, target.reader());
    }
    try {
      int open = slots.size();
      while (open > 0 && givenUp.isEmpty()) {
        Optional<End<T>> end = nextEnd();
        if (end.isPresent()) {
          open -= took(end.get()) ? 1 : 0;
        } else if (deadline.passed()) {
          break;
        } else {
          hedge();
        }
      }
    } finally {
      slots.forEach(slot -> slot.calls.forEach(Thread::interrupt));
    }
    return slots.stream().map(slot -> slot.result.orElseGet(this::late)).toList();
  }

  private Result<T> late() {
    return new Result<>(
        Optional.empty(),
        Optional.of(
            givenUp.orElseGet(() ->
                new VecraftException(
                    ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while reading the shards"))));
  }

  private void call(Slot<T> slot, ShardReader reader) {
    slot.tried.add(reader);
    start(slot, () -> answer(slot, reader));
  }

  private T answer(Slot<T> slot, ShardReader reader) {
    replicas.loads().begin(reader);
    try {
      return part.apply(slot.target, reader.within(deadline));
    } finally {
      replicas.loads().end(reader);
    }
  }

  /** Asks whichever replica has first reached the stamp. */
  private void callAny(Slot<T> slot) {
    Set<ShardReader> tried = Set.copyOf(slot.tried);
    start(slot, () -> answer(slot, replicas.awaitAny(slot.target.id(), asOf, deadline, tried)));
  }

  private void start(Slot<T> slot, Supplier<T> call) {
    slot.underWay++;
    boolean first = slot.calls.isEmpty();
    Runnable run =
        () -> {
          try {
            ends.add(new End<>(slot, first, Optional.of(call.get()), Optional.empty()));
          } catch (RuntimeException | Error e) {
            ends.add(new End<>(slot, first, Optional.empty(), Optional.of(e)));
          }
        };
    // The context of this thread: its caller's going away ends the calls.
    Runnable traced = io.opentelemetry.context.Context.current().wrap(run);
    slot.calls.add(Thread.ofVirtual().name("shard-part").start(Context.current().wrap(traced)));
  }

  /** The next end of a call; empty at the deadline, or when it is time to look for slow parts. */
  private Optional<End<T>> nextEnd() {
    long until = deadline.nanos();
    for (Slot<T> slot : slots) {
      if (slot.result.isEmpty() && slot.hedgeAtNanos - until < 0) {
        until = slot.hedgeAtNanos;
      }
    }
    try {
      return Optional.ofNullable(
          ends.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while reading the shards");
    }
  }

  /** Takes the end of a call; whether its part has a result now that had none. */
  private boolean took(End<T> end) {
    Slot<T> slot = end.slot();
    slot.underWay--;
    if (slot.result.isPresent()) {
      return false;
    }
    if (end.answer().isPresent()) {
      budget.answered(System.nanoTime() - slot.startedNanos);
      if (!end.first() && slot.underWay > 0) {
        replicas.loads().wasSlow(slot.target.reader());
      }
      return settle(slot, new Result<>(end.answer(), Optional.empty()));
    }
    Throwable failure = end.failure().orElseThrow();
    if (!(failure instanceof VecraftException known)) {
      throw new IllegalStateException("reading a shard failed", failure);
    }
    if (!ReplicaFailures.isOne(known)) {
      return fail(slot, known);
    }
    if (slot.underWay > 0) {
      return false;
    }
    Optional<ShardReader> other = replicas.reached(slot.target.id(), asOf, slot.tried);
    if (other.isPresent()) {
      call(slot, other.get());
      return false;
    }
    if (slot.waited || known.code() == ErrorCode.SNAPSHOT_EXPIRED) {
      return fail(slot, known);
    }
    slot.waited = true;
    callAny(slot);
    return false;
  }

  private boolean fail(Slot<T> slot, VecraftException failure) {
    if (needsAll) {
      givenUp = Optional.of(failure);
    }
    return settle(slot, new Result<>(Optional.empty(), Optional.of(failure)));
  }

  private static <T> boolean settle(Slot<T> slot, Result<T> result) {
    slot.result = Optional.of(result);
    slot.calls.forEach(Thread::interrupt);
    return true;
  }

  /** Asks a second replica for each part that takes long, if there is one and the budget allows. */
  private void hedge() {
    long now = System.nanoTime();
    for (Slot<T> slot : slots) {
      if (slot.result.isPresent() || now - slot.hedgeAtNanos < 0) {
        continue;
      }
      slot.hedgeAtNanos = now + LOOK_AGAIN_NANOS;
      Optional<ShardReader> other = replicas.reached(slot.target.id(), asOf, slot.tried);
      boolean lagging = other.isEmpty() && !slot.waited && anyOther(slot);
      if ((other.isPresent() || lagging) && (now - slot.overdueNanos >= 0 || budget.spend())) {
        if (lagging) {
          slot.waited = true;
          callAny(slot);
        } else {
          call(slot, other.get());
        }
      }
    }
  }

  private boolean anyOther(Slot<T> slot) {
    return replicas.of(slot.target.id()).stream().anyMatch(r -> !slot.tried.contains(r));
  }
}
