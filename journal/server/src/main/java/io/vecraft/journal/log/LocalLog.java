package io.vecraft.journal.log;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RememberedRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log with one replica, on segments of its own.
 *
 * <p>One thread takes what is queued, decides it, writes the accepted records and flushes them with
 * one sync: the group that waits while the disk is busy is the next to go. Only then are they shown
 * to readers and answered.
 *
 * <p>Closing is memory alone: a stamp to close at comes from the clock group, whose persisted bound
 * sees to it that after a restart no stamp at or below it is given again.
 */
public final class LocalLog implements PartitionLog {
  private static final Logger log = LoggerFactory.getLogger(LocalLog.class);
  private static final long GROUP_BYTES = 8 << 20;

  private final String name;
  private final SegmentStore store;
  private final FatalError fatal;
  private final StoredLog committed;
  private final Thread sequencer;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition queued = lock.newCondition();

  // Guarded by the lock.
  private final PartitionState state;
  private final ArrayDeque<Pending> queue = new ArrayDeque<>();
  private List<CompletableFuture<Position>> barriers = new ArrayList<>();
  private boolean flushing;
  private boolean closed;
  private boolean failed;

  private record Pending(Proposal batch, long bytes, CompletableFuture<List<Decision>> answer) {}

  private record Decided(Pending pending, List<Decision> decisions) {}

  /**
   * A log on a store.
   *
   * @param name of this replica and of the thread, for people
   * @param opened the store, which the log closes, and the state after its last record
   * @param cacheBytes newest records kept in memory for readers
   */
  public LocalLog(String name, SegmentStore.Opened opened, long cacheBytes, FatalError fatal) {
    this.name = name;
    this.store = opened.store();
    this.state = opened.state();
    this.fatal = fatal;
    this.committed =
        new StoredLog(name, store, cacheBytes, new Position(state.lastOffset(), state.closed()));
    this.sequencer = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    sequencer.start();
  }

  @Override
  public CompletableFuture<List<Decision>> append(Proposal batch) {
    long bytes = batch.appends().stream().mapToLong(Append::getSerializedSize).sum();
    var pending = new Pending(batch, bytes, new CompletableFuture<>());
    lock.lock();
    try {
      if (closed || failed) {
        return CompletableFuture.failedFuture(notRunning());
      }
      queue.add(pending);
      queued.signal();
    } finally {
      lock.unlock();
    }
    return pending.answer;
  }

  @Override
  public CompletableFuture<Position> barrier(long closeAtLeast) {
    Position now;
    boolean moved;
    lock.lock();
    try {
      if (closed || failed) {
        return CompletableFuture.failedFuture(notRunning());
      }
      state.closeAtLeast(closeAtLeast);
      if (flushing) {
        var answer = new CompletableFuture<Position>();
        barriers.add(answer);
        return answer;
      }
      moved = state.closed() != committed.position().closed();
      if (moved) {
        committed.moveTo(new Position(state.lastOffset(), state.closed()));
      }
      now = committed.position();
    } finally {
      lock.unlock();
    }
    if (moved) {
      committed.announce();
    }
    return CompletableFuture.completedFuture(now);
  }

  @Override
  public CommittedLog committed() {
    return committed;
  }

  @Override
  public List<String> replicas() {
    return List.of(name);
  }

  @Override
  public Optional<String> leaderHint() {
    return Optional.of(name);
  }

  @Override
  public Optional<VecraftException> refusal() {
    return Optional.empty();
  }

  @Override
  public SegmentStore store() {
    return store;
  }

  @Override
  public int featureLevel() {
    lock.lock();
    try {
      return state.featureLevel();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long lastStamp() {
    lock.lock();
    try {
      return state.lastStamp();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isReused(String requestId, String principal, ByteString digest) {
    lock.lock();
    try {
      return state.isReused(requestId, principal, digest);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int rememberedRequests() {
    lock.lock();
    try {
      return state.rememberedRequests();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<RememberedRequest> unknown(List<RememberedRequest> requests) {
    lock.lock();
    try {
      return state.unknown(requests);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      for (List<Pending> group = take(); !group.isEmpty(); group = take()) {
        commit(group);
      }
    } catch (InterruptedException e) {
      log.warn("{} was interrupted and ends", name);
    }
    failWaiting(notRunning());
  }

  /** Waits for proposals; empty once the log is closed. */
  private List<Pending> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (queue.isEmpty() && !closed && !failed) {
        queued.await();
      }
      if (closed || failed) {
        return List.of();
      }
      var group = new ArrayList<Pending>();
      long bytes = 0;
      while (!queue.isEmpty()
          && (group.isEmpty() || bytes + queue.element().bytes <= GROUP_BYTES)) {
        bytes += queue.element().bytes;
        group.add(queue.remove());
      }
      return group;
    } finally {
      lock.unlock();
    }
  }

  private void commit(List<Pending> group) {
    var decided = new ArrayList<Decided>(group.size());
    try {
      sealIfDue();
      List<Accepted> accepted = decide(group, decided);
      if (!accepted.isEmpty()) {
        List<Record> records = accepted.stream().map(Accepted::record).toList();
        store.append(records, accepted.stream().flatMap(a -> a.requests().stream()).toList());
        committed.remember(records);
      }
    } catch (Throwable e) {
      // Nobody knows what is on disk or whether the state is whole: nothing more may be decided.
      fail(group, e);
      return;
    }
    publish(decided);
  }

  private void sealIfDue() {
    if (store.due()) {
      lock.lock();
      var snapshot = state.snapshot();
      lock.unlock();
      store.seal(snapshot);
    }
  }

  private List<Accepted> decide(List<Pending> group, List<Decided> decided) {
    var accepted = new ArrayList<Accepted>();
    lock.lock();
    try {
      for (Pending pending : group) {
        var decisions = new ArrayList<Decision>(pending.batch.appends().size());
        for (Append append : pending.batch.appends()) {
          Decision decision = state.decide(append, pending.batch.stamp());
          decisions.add(decision);
          if (decision instanceof Accepted one) {
            accepted.add(one);
          }
        }
        decided.add(new Decided(pending, decisions));
      }
      flushing = !accepted.isEmpty();
    } finally {
      lock.unlock();
    }
    return accepted;
  }

  private void publish(List<Decided> decided) {
    List<CompletableFuture<Position>> waiting;
    Position now;
    lock.lock();
    try {
      flushing = false;
      now = new Position(state.lastOffset(), state.closed());
      committed.moveTo(now);
      waiting = barriers;
      barriers = new ArrayList<>();
    } finally {
      lock.unlock();
    }
    committed.announce();
    decided.forEach(d -> d.pending.answer.complete(d.decisions));
    waiting.forEach(b -> b.complete(now));
  }

  private void fail(List<Pending> group, Throwable cause) {
    lock.lock();
    failed = true;
    lock.unlock();
    fatal.die(name + " cannot go on", cause);
    var unknown =
        new VecraftException(
            ErrorCode.OUTCOME_UNKNOWN, name + " failed; what was in flight may be in the log");
    group.forEach(p -> p.answer.completeExceptionally(unknown));
  }

  private void failWaiting(VecraftException reason) {
    List<Pending> unread;
    List<CompletableFuture<Position>> waiting;
    lock.lock();
    try {
      unread = List.copyOf(queue);
      queue.clear();
      waiting = barriers;
      barriers = new ArrayList<>();
    } finally {
      lock.unlock();
    }
    unread.forEach(p -> p.answer.completeExceptionally(reason));
    waiting.forEach(b -> b.completeExceptionally(reason));
  }

  private VecraftException notRunning() {
    return new VecraftException(ErrorCode.UNAVAILABLE, name + " is closed");
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      queued.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (sequencer.isAlive()) {
      try {
        sequencer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    store.close();
  }
}
