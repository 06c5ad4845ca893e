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
 * Keeps a {@link PartitionMerge} going: a background thread applies what the journal's news
 * announce, and a reader that waits for a stamp pulls and applies on its own thread, so that
 * nothing is handed over. Pulled are the partitions that are known to have more, or not known to be
 * closed as far as is wanted. Whoever applies holds {@code lock}.
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

  /** Of {@link #advance}: whatever the partitions have. */
  private static final long ALL = Long.MAX_VALUE;

  /** Of {@link #advance}: what news have come of. */
  private static final long TOLD = 0;

  private final JournalApi journal;
  private final StampClock clock;
  private final PartitionMerge merge;
  private final ReplaySettings settings;
  private final ReplayGate gate;
  private final Hooks hooks;
  private final List<Integer> sources;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progress = lock.newCondition();
  private final Thread thread;
  private final JournalNews news;
  private final JournalNews.Reader reader;

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
      JournalNews news,
      StampClock clock,
      PartitionMerge merge,
      ReplaySettings settings,
      ReplayGate gate,
      Hooks hooks) {
    this.journal = journal;
    this.news = news;
    this.clock = clock;
    this.merge = merge;
    this.settings = settings;
    this.gate = gate;
    this.hooks = hooks;
    this.sources = List.of(Partitions.SYSTEM, Partitions.TRANSACTION, merge.dataPartition());
    this.reader = news.reader(sources);
    this.appliedOffset = merge.appliedOffset();
    this.thread =
        Thread.ofPlatform()
            .name("replay-" + merge.dataPartition())
            .daemon()
            .unstarted(this::runInBackground);
  }

  /** Starts to follow the journal in the background, unless it is closed already. */
  public void start() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      reader.start();
      thread.start();
    } finally {
      lock.unlock();
    }
  }

  private void runInBackground() {
    try {
      while (!closed && failure.isEmpty()) {
        gate.beforeBackground(merge.dataPartition());
        oncePerNews();
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  private void oncePerNews() throws InterruptedException {
    long wanted = reader.await(settings.turn()) ? TOLD : ALL;
    if (closed) {
      return;
    }
    try {
      if (settings.closes()) {
        closeAtNow();
        wanted = ALL;
      }
      advance(wanted, Deadline.afterMillis(CLOSE_TIMEOUT_MS), settings.pullBytes());
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
      advance(ALL, deadline, LITTLE_BYTES);
    } catch (VecraftException e) {
      LOG.debug("partition {} is replayed later: {}", merge.dataPartition(), e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Pulls and applies what the journal has.
   *
   * @param wanted partitions that are not known to be closed up to this stamp are pulled even if
   *     nothing is known to have come
   */
  private void advance(long wanted, Deadline deadline, long pullBytes) throws InterruptedException {
    if (!lock.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
      throw new VecraftException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while records were applied");
    }
    try {
      advanceLocked(wanted, deadline, pullBytes);
    } finally {
      lock.unlock();
    }
  }

  private void advanceLocked(long wanted, Deadline deadline, long pullBytes)
      throws InterruptedException {
    requireRunning();
    if (!gate.mayApply(merge.dataPartition(), deadline)) {
      throw new VecraftException(ErrorCode.DEADLINE_EXCEEDED, "the replica is held back");
    }
    requireRunning();
    try {
      boolean more = true;
      while (more && !closed) {
        more = pullOnce(wanted, pullBytes);
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

  /** Pulls once from each partition that may have something; whether any of them has more. */
  private boolean pullOnce(long wanted, long pullBytes) {
    boolean more = false;
    boolean blocked = undecided.isPresent();
    var pulls = new ArrayList<PullRequest>(sources.size());
    for (int partition : sources) {
      long from = merge.nextOffset(partition);
      merge.close(partition, news.closedBelow(partition, from));
      if (merge.closed(partition) >= wanted && !news.has(partition, from)) {
        continue;
      }
      boolean full = merge.pendingRecords(partition) >= settings.pendingMax();
      if (full && !(blocked && partition == Partitions.TRANSACTION)) {
        more |= !blocked;
        continue;
      }
      pulls.add(
          PullRequest.newBuilder()
              .setPartition(partition)
              .setFromOffset(from)
              .setMaxRecords(settings.pullRecords())
              .setMaxBytes(pullBytes)
              .build());
    }
    List<PullResponse> responses = journal.pullAll(pulls);
    for (int i = 0; i < responses.size(); i++) {
      int partition = pulls.get(i).getPartition();
      long from = pulls.get(i).getFromOffset();
      PullResponse response = responses.get(i);
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
      news.learn(partition, response);
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
      reader.wake();
    }
  }

  /**
   * Waits until the frontier has reached {@code stamp}, pulling and applying on this thread.
   *
   * @throws VecraftException {@code deadline_exceeded}, or {@code unavailable} when the replay
   *     cannot go on
   */
  public void awaitFrontier(long stamp, Deadline deadline) {
    await(stamp, () -> frontier() >= stamp, deadline);
  }

  /**
   * Waits until a transaction is decided or the frontier has passed it; decides it if this thread
   * is the first to see it.
   */
  public Optional<Undecided> awaitTransaction(long stamp, Deadline deadline) {
    Supplier<Optional<Undecided>> held =
        () ->
            undecided.map(Waiting::transaction).filter(transaction -> transaction.stamp() == stamp);
    await(stamp, () -> frontier() >= stamp || held.get().isPresent(), deadline);
    return frontier() >= stamp ? Optional.empty() : held.get();
  }

  private void await(long stamp, BooleanSupplier reached, Deadline deadline) {
    try {
      while (!reached.getAsBoolean()) {
        deadline.check("waiting for partition " + merge.dataPartition());
        if (!lock.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
          continue;
        }
        try {
          if (!settings.closes()) {
            // News are on their way, mostly, and cost no call.
            awaitNews(reached, deadline);
          }
          if (!reached.getAsBoolean()) {
            // Held back by a transaction: whatever there is may be its outcome.
            advanceLocked(undecided.isPresent() ? ALL : stamp, deadline, settings.pullBytes());
          }
          if (settings.closes()) {
            // Not closed that far yet, or held back: somebody else's move, mostly.
            awaitNews(reached, deadline);
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

  /** With the lock held, which is let go meanwhile. */
  private void awaitNews(BooleanSupplier reached, Deadline deadline) throws InterruptedException {
    long left = Math.min(WAIT_STEP_NANOS, deadline.remainingNanos());
    while (left > 0 && !reached.getAsBoolean() && !closed) {
      left = progress.awaitNanos(left);
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
    reader.close();
    reader.wake();
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
