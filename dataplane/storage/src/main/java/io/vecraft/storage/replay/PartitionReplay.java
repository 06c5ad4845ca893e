package io.vecraft.storage.replay;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.ShardFilter;
import io.vecraft.proto.journal.ShardKey;
import io.vecraft.proto.journal.TailRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link PartitionMerge} going: a background thread applies what the journal's tails
 * announce, and a reader that waits for a stamp pulls and applies on its own thread, so that
 * nothing is handed over. Whoever applies holds {@code lock}.
 *
 * <p>Applying is total: an unexpected throwable marks the replay as failed and is reported once.
 */
public final class PartitionReplay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionReplay.class);
  private static final int RECORDS_PER_ADVANCE = 256;
  private static final long CLOSE_TIMEOUT_MS = 5_000;
  private static final long LITTLE_BYTES = 256 << 10;
  private static final long WAIT_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final Duration PAUSE = Duration.ofMillis(100);

  /** Tails only announce: what has come is pulled by whoever applies it. */
  private static final ShardFilter NO_RECORDS =
      ShardFilter.newBuilder().addShards(ShardKey.getDefaultInstance()).build();

  private final JournalApi journal;
  private final StampClock clock;
  private final PartitionMerge merge;
  private final ReplaySettings settings;
  private final ReplayGate gate;
  private final Hooks hooks;
  private final List<Integer> sources;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progress = lock.newCondition();
  private final List<JournalApi.Subscription> tails = new ArrayList<>();
  private final Thread thread;

  // Guarded by `signal`.
  private final Object signal = new Object();
  private boolean signalled;

  private volatile boolean closed;
  private volatile Optional<Throwable> failure = Optional.empty();
  private volatile long knownStamp;
  private volatile long appliedOffset;
  private volatile Optional<Waiting> undecided = Optional.empty();

  /** An undecided transaction and since when (monotonic nanoseconds) it holds the frontier back. */
  public record Waiting(Undecided transaction, long sinceNanos) {}

  /** What surrounds a replay. */
  public interface Hooks {
    /**
     * Called after records were applied, with the lock held: does, until the deadline, what keeps
     * the vectors that wait for the graph within their bound.
     */
    void applied(Deadline deadline);

    /** Decides a transaction and appends its outcome. */
    void decide(Undecided transaction, Deadline deadline);

    /** How long a waiting reader and the background thread leave a transaction to others. */
    long decideAfterNanos();

    /** The replay cannot go on. */
    void failed(Throwable cause);
  }

  public PartitionReplay(
      JournalApi journal,
      StampClock clock,
      PartitionMerge merge,
      ReplaySettings settings,
      ReplayGate gate,
      Hooks hooks) {
    this.journal = journal;
    this.clock = clock;
    this.merge = merge;
    this.settings = settings;
    this.gate = gate;
    this.hooks = hooks;
    this.sources = List.of(Partitions.SYSTEM, Partitions.TRANSACTION, merge.dataPartition());
    this.appliedOffset = merge.appliedOffset();
    this.thread =
        Thread.ofPlatform()
            .name("replay-" + merge.dataPartition())
            .daemon()
            .unstarted(this::runInBackground);
  }

  /** Starts the background thread and the tails, unless it is closed already. */
  public void start() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      for (int partition : sources) {
        subscribe(partition, merge.nextOffset(partition));
      }
      thread.start();
    } finally {
      lock.unlock();
    }
  }

  private void subscribe(int partition, long from) {
    tails.add(
        journal.tail(
            TailRequest.newBuilder()
                .setPartition(partition)
                .setFromOffset(from)
                .setFilter(NO_RECORDS)
                .build(),
            new JournalApi.TailListener() {
              @Override
              public void onRecords(PullResponse batch) {
                announce();
              }

              @Override
              public void onEnd(Throwable cause) {
                if (!closed) {
                  LOG.info("tail of partition {} ended: {}", partition, cause.toString());
                }
              }
            }));
  }

  private void announce() {
    synchronized (signal) {
      signalled = true;
      signal.notifyAll();
    }
  }

  private void runInBackground() {
    try {
      while (!closed && failure.isEmpty()) {
        gate.beforeBackground(merge.dataPartition());
        oncePerAnnouncement();
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  private void oncePerAnnouncement() throws InterruptedException {
    synchronized (signal) {
      if (!signalled && !closed) {
        signal.wait(Math.max(1, settings.turn().toMillis()));
      }
      signalled = false;
    }
    if (closed) {
      return;
    }
    try {
      if (settings.closes()) {
        closeAtNow();
      }
      advance(Deadline.afterMillis(CLOSE_TIMEOUT_MS), settings.pullBytes());
      decideOverdue(Deadline.afterMillis(CLOSE_TIMEOUT_MS));
    } catch (VecraftException e) {
      LOG.info("partition {} is not replayed for now: {}", merge.dataPartition(), e.toString());
      Thread.sleep(PAUSE);
    }
  }

  /** Has all three partitions closed at a stamp of now, so that what has come can be applied. */
  private void closeAtNow() throws InterruptedException {
    long now = await(clock.ask());
    await(clock.store(now));
    List<CompletableFuture<GetOffsetResponse>> barriers = new ArrayList<>();
    for (int partition : sources) {
      barriers.add(
          journal.getOffset(
              GetOffsetRequest.newBuilder().setPartition(partition).setCloseAtLeast(now).build()));
    }
    for (CompletableFuture<GetOffsetResponse> barrier : barriers) {
      await(barrier);
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the journal does not answer");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof VecraftException known) {
        throw known;
      }
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the journal: " + e.getCause());
    }
  }

  /**
   * Applies what has come so far, a little at a time until the deadline: before {@link #start}, so
   * that a log of few records is up to date at once and a long one takes no cores yet.
   */
  public void applySome(Deadline deadline) {
    try {
      if (settings.closes()) {
        closeAtNow();
      }
      advance(deadline, LITTLE_BYTES);
    } catch (VecraftException e) {
      LOG.debug("partition {} is replayed later: {}", merge.dataPartition(), e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Pulls and applies all that the journal has now. */
  private void advance(Deadline deadline, long pullBytes) throws InterruptedException {
    if (!lock.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
      throw new VecraftException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while records were applied");
    }
    try {
      advanceLocked(deadline, pullBytes);
    } finally {
      lock.unlock();
    }
  }

  private void advanceLocked(Deadline deadline, long pullBytes) throws InterruptedException {
    requireRunning();
    if (!gate.mayApply(merge.dataPartition(), deadline)) {
      throw new VecraftException(ErrorCode.DEADLINE_EXCEEDED, "the replica is held back");
    }
    requireRunning();
    try {
      boolean more = true;
      while (more && !closed) {
        more = pullOnce(pullBytes);
        boolean applying = true;
        while (applying && !closed) {
          applying = merge.advance(RECORDS_PER_ADVANCE);
          publish();
        }
        hooks.applied(deadline);
        if (more && deadline.passed()) {
          break;
        }
      }
    } catch (VecraftException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      fail(e);
      throw new VecraftException(ErrorCode.UNAVAILABLE, "a replica cannot go on: " + e);
    }
  }

  /** Pulls once from each partition; whether any of them has more. */
  private boolean pullOnce(long pullBytes) {
    boolean more = false;
    boolean blocked = undecided.isPresent();
    for (int partition : sources) {
      boolean full = merge.pendingRecords(partition) >= settings.pendingMax();
      if (full && !(blocked && partition == Partitions.TRANSACTION)) {
        more |= !blocked;
        continue;
      }
      long from = merge.nextOffset(partition);
      PullResponse response =
          journal.pull(
              PullRequest.newBuilder()
                  .setPartition(partition)
                  .setFromOffset(from)
                  .setMaxRecords(settings.pullRecords())
                  .setMaxBytes(pullBytes)
                  .build());
      if (response.getFirstOffset() > from && response.getLastOffset() >= from) {
        throw new IllegalStateException(
            "partition "
                + partition
                + " begins at "
                + response.getFirstOffset()
                + ", "
                + from
                + " is needed");
      }
      merge.offer(partition, response);
      more |= merge.nextOffset(partition) <= response.getLastOffset();
    }
    return more;
  }

  /** With the lock held. */
  private void publish() {
    knownStamp = merge.newestStamp();
    appliedOffset = merge.appliedOffset();
    Optional<Undecided> now = merge.undecided();
    Optional<Waiting> before = undecided;
    if (now.isEmpty()) {
      undecided = Optional.empty();
    } else if (before.isEmpty() || before.get().transaction().stamp() != now.get().stamp()) {
      undecided = Optional.of(new Waiting(now.get(), System.nanoTime()));
    }
    progress.signalAll();
  }

  private void decideOverdue(Deadline deadline) {
    Optional<Waiting> waiting = undecided;
    if (waiting.isPresent()
        && System.nanoTime() - waiting.get().sinceNanos() >= hooks.decideAfterNanos()) {
      hooks.decide(waiting.get().transaction(), deadline);
      announce();
    }
  }

  /**
   * Waits until the frontier has reached {@code stamp}, pulling and applying on this thread.
   *
   * @throws VecraftException {@code deadline_exceeded}, or {@code unavailable} when the replay
   *     cannot go on
   */
  public void awaitFrontier(long stamp, Deadline deadline) {
    await(() -> frontier() >= stamp, deadline);
  }

  /**
   * Waits until a transaction is decided or the frontier has passed it; decides it if this thread
   * is the first to see it.
   */
  public Optional<Undecided> awaitTransaction(long stamp, Deadline deadline) {
    Supplier<Optional<Undecided>> held =
        () ->
            undecided.map(Waiting::transaction).filter(transaction -> transaction.stamp() == stamp);
    await(() -> frontier() >= stamp || held.get().isPresent(), deadline);
    return frontier() >= stamp ? Optional.empty() : held.get();
  }

  private void await(BooleanSupplier reached, Deadline deadline) {
    try {
      while (!reached.getAsBoolean()) {
        deadline.check("waiting for partition " + merge.dataPartition());
        if (!lock.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
          continue;
        }
        try {
          if (!reached.getAsBoolean()) {
            advanceLocked(deadline, settings.pullBytes());
          }
          if (!reached.getAsBoolean()) {
            // Not closed that far yet, or held back: somebody else's move, mostly.
            progress.awaitNanos(Math.min(WAIT_STEP_NANOS, deadline.remainingNanos()));
          }
        } finally {
          lock.unlock();
        }
        if (!reached.getAsBoolean()) {
          decideOverdue(deadline);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting");
    }
  }

  private void requireRunning() {
    if (closed) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the storage node is closing");
    }
    if (failure.isPresent()) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "the replica cannot go on: " + failure.get());
    }
  }

  private void fail(Throwable cause) {
    if (failure.isEmpty()) {
      failure = Optional.of(cause);
      LOG.error("partition {} cannot be replayed any further", merge.dataPartition(), cause);
      hooks.failed(cause);
    }
  }

  /** Runs {@code action} while nothing is being applied. */
  public <T> T whileStill(Function<PartitionMerge, T> action) {
    lock.lock();
    try {
      return action.apply(merge);
    } finally {
      lock.unlock();
    }
  }

  /** The history up to here is complete and applied. */
  public long frontier() {
    return merge.frontier();
  }

  /** The largest stamp seen in the partitions. */
  public long knownStamp() {
    return knownStamp;
  }

  /** Last offset applied of the DATA partition. */
  public long appliedOffset() {
    return appliedOffset;
  }

  /** The transaction that holds the frontier back. */
  public Optional<Waiting> undecided() {
    return undecided;
  }

  /** Why it cannot go on. */
  public Optional<Throwable> failure() {
    return failure;
  }

  public int dataPartition() {
    return merge.dataPartition();
  }

  /** Stops the thread and waits for it; nothing is applied afterwards. */
  @Override
  public void close() {
    closed = true;
    tails.forEach(JournalApi.Subscription::close);
    announce();
    // Not interrupted: that would close files of the journal under a thread that reads them.
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Whoever applies now finishes first; the next finds it closed.
    lock.lock();
    lock.unlock();
  }
}
