package io.vecraft.query;

import com.google.common.collect.ImmutableSet;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * Barriers of the journal, shared between readers.
 *
 * <ol>
 *   <li>S is a stamp that a majority of the clock group has adopted and nothing acknowledged before
 *       is above: so it has everything, and nothing acknowledged later can be below it or below a
 *       later reader's S.
 *   <li>The DATA partitions concerned, TRANSACTION and SYSTEM close at S: the logs up to S are
 *       final, and whoever pulls them has all of it.
 * </ol>
 *
 * <p>At most {@link #ROUNDS} rounds are under way. Readers that come while all are taken gather in
 * the next one. Nobody joins a round that has been sent: its S may be below what the newcomer has
 * seen acknowledged. The thread that opens a round runs it; when that fails, those who joined, and
 * the opener if others added partitions, run one of their own, so that nobody fails because of
 * another's deadline or partitions.
 *
 * <p>Safe for concurrent use.
 */
public final class Barriers {
  private static final int ROUNDS = 4;

  private final JournalApi journal;
  private final StampClock clock;
  private final Semaphore rounds = new Semaphore(ROUNDS);
  private final ReentrantLock lock = new ReentrantLock();
  private Optional<Round> gathering = Optional.empty(); // guarded by lock

  Barriers(JournalApi journal, StampClock clock) {
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * A barrier that was sent after the call for it.
   *
   * @param stamp S, stored; nothing acknowledged before the call is above it
   * @param sentNanos monotonic time before the clock was asked
   * @param systemOffset last offset of SYSTEM that can hold a stamp up to S
   * @param closed the partitions closed at S
   */
  public record Barrier(
      long stamp, long sentNanos, long systemOffset, ImmutableSet<Integer> closed) {}

  private static final class Round {
    // Guarded by the lock of Barriers.
    final Set<Integer> partitions = new HashSet<>();
    boolean now;

    final CompletableFuture<Barrier> done = new CompletableFuture<>();
  }

  /**
   * What is asked of a barrier.
   *
   * @param partitions of DATA, closed beside TRANSACTION and SYSTEM
   * @param now whether S must have come to the machines' time, where somebody has named a stamp by
   *     that
   * @param stored told S as soon as it is adopted, before anything is closed, on the thread of the
   *     call; not where the call joins another's round, again where a round has to be repeated
   */
  record Wanted(Set<Integer> partitions, boolean now, LongConsumer stored) {}

  /** A barrier over the DATA partitions given, TRANSACTION and SYSTEM. */
  public Barrier sync(Set<Integer> dataPartitions, Deadline deadline) {
    return sync(new Wanted(dataPartitions, false, stamp -> {}), deadline);
  }

  /** A barrier as it is wanted. */
  Barrier sync(Wanted wanted, Deadline deadline) {
    Round round;
    boolean leads;
    lock.lock();
    try {
      leads = gathering.isEmpty();
      round = gathering.orElseGet(Round::new);
      round.partitions.addAll(wanted.partitions());
      round.now |= wanted.now();
      gathering = Optional.of(round);
    } finally {
      lock.unlock();
    }
    if (leads) {
      return lead(round, wanted, deadline);
    }
    try {
      return Waits.await(round.done, deadline, "the journal's barrier");
    } catch (VecraftException e) {
      deadline.check("waiting for the journal's barrier");
      return run(wanted, deadline);
    }
  }

  private Barrier lead(Round round, Wanted wanted, Deadline deadline) {
    boolean permitted = acquire(deadline);
    Wanted all;
    lock.lock();
    try {
      gathering = Optional.empty();
      all = new Wanted(ImmutableSet.copyOf(round.partitions), round.now, wanted.stored());
    } finally {
      lock.unlock();
    }
    try {
      if (!permitted) {
        throw new VecraftException(
            ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while waiting for a barrier's turn");
      }
      Barrier barrier = run(all, deadline);
      round.done.complete(barrier);
      return barrier;
    } catch (RuntimeException | Error e) {
      round.done.completeExceptionally(e);
      if (e instanceof VecraftException && permitted && !all.equals(wanted)) {
        deadline.check("waiting for the journal's barrier");
        return run(wanted, deadline);
      }
      throw e;
    } finally {
      if (permitted) {
        rounds.release();
      }
    }
  }

  private boolean acquire(Deadline deadline) {
    try {
      return rounds.tryAcquire(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private long agreed(Deadline deadline) {
    return Waits.await(clock.agreed(), deadline, "the clock");
  }

  private long stampOfNow(Deadline deadline) {
    long stamp = Waits.await(clock.ask(), deadline, "the clock");
    Waits.await(clock.store(stamp), deadline, "the clock to store a stamp");
    return stamp;
  }

  private Barrier run(Wanted wanted, Deadline deadline) {
    long sentNanos = System.nanoTime();
    long stamp = wanted.now() ? stampOfNow(deadline) : agreed(deadline);
    wanted.stored().accept(stamp);
    var closed =
        ImmutableSet.<Integer>builder()
            .add(Partitions.SYSTEM)
            .add(Partitions.TRANSACTION)
            .addAll(wanted.partitions())
            .build();
    Map<Integer, CompletableFuture<GetOffsetResponse>> answers = new LinkedHashMap<>();
    for (int partition : closed) {
      answers.put(
          partition,
          journal.getOffset(
              GetOffsetRequest.newBuilder()
                  .setPartition(partition)
                  .setCloseAtLeast(stamp)
                  .build()));
    }
    long systemOffset = 0;
    for (var answer : answers.entrySet()) {
      int partition = answer.getKey();
      GetOffsetResponse offset =
          Waits.await(answer.getValue(), deadline, "the barrier of partition " + partition);
      if (offset.getClosedStamp() < stamp) {
        throw new IllegalStateException(
            "partition " + partition + " closed at " + offset.getClosedStamp() + " below " + stamp);
      }
      if (partition == Partitions.SYSTEM) {
        systemOffset = offset.getOffset();
      }
    }
    return new Barrier(stamp, sentNanos, systemOffset, closed);
  }
}
