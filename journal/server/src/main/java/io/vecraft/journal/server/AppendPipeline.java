package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.log.ReplicatedLog;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.Decision.Duplicate;
import io.vecraft.journal.partition.Decision.Rejected;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way of an append through one partition: batch, ask, propose and store, answer.
 *
 * <p>A batch is closed, then the clock is asked, then the batch is proposed, while the next one
 * collects: the ask is the linger. So every append had begun before the round that stamps it was
 * sent. An answer is given only after the clock group has stored the stamp; so is the answer to a
 * retry, and a refusal that tells of what others have written.
 *
 * <p>The stamps that a batch will have are known before it is decided unless the partition has gone
 * ahead of the clock meanwhile, so they are stored beside replication; where they turn out larger,
 * those are stored afterwards.
 *
 * <p>Safe for concurrent use.
 */
public final class AppendPipeline {
  private final int partition;
  private final ReplicatedLog log;
  private final StampClock clock;
  private final long batchBytes;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by the lock.
  private final ArrayDeque<Waiting> collecting = new ArrayDeque<>();
  private boolean asking;

  private record Waiting(Append append, CompletableFuture<AppendResult> answer) {}

  /**
   * The way into a partition.
   *
   * @param partition whose slot the stamps have
   * @param batchBytes serialised size at which a batch is closed; an append that is larger goes
   *     alone
   */
  public AppendPipeline(int partition, ReplicatedLog log, StampClock clock, long batchBytes) {
    this.partition = partition;
    this.log = log;
    this.clock = clock;
    this.batchBytes = batchBytes;
  }

  /** Takes appends in their order; the futures never fail, results carry the failures. */
  public List<CompletableFuture<AppendResult>> add(List<Append> appends) {
    var answers = new ArrayList<CompletableFuture<AppendResult>>(appends.size());
    lock.lock();
    try {
      for (Append append : appends) {
        var waiting = new Waiting(append, new CompletableFuture<>());
        collecting.add(waiting);
        answers.add(waiting.answer);
      }
    } finally {
      lock.unlock();
    }
    pump();
    return answers;
  }

  /** Closes batches and asks for them, one ask at a time, until nothing is waiting. */
  private void pump() {
    for (List<Waiting> batch = close(); !batch.isEmpty(); batch = close()) {
      List<Waiting> closed = batch;
      CompletableFuture<Long> ask = ask();
      if (!ask.isDone()) {
        ask.whenComplete((stamp, error) -> {
          asked(closed, ask);
          pump();
        });
        return;
      }
      asked(closed, ask);
    }
  }

  private CompletableFuture<Long> ask() {
    try {
      return clock.ask();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private List<Waiting> close() {
    lock.lock();
    try {
      if (asking || collecting.isEmpty()) {
        return List.of();
      }
      asking = true;
      var batch = new ArrayList<Waiting>();
      long bytes = 0;
      while (!collecting.isEmpty()) {
        bytes += collecting.element().append.getSerializedSize();
        if (!batch.isEmpty() && bytes > batchBytes) {
          break;
        }
        batch.add(collecting.remove());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void asked(List<Waiting> batch, CompletableFuture<Long> ask) {
    try {
      if (ask.isCompletedExceptionally()) {
        fail(batch, certainlyNot(ask.exceptionNow()));
      } else {
        var proposal = new Proposal(ask.resultNow(), batch.stream().map(Waiting::append).toList());
        CompletableFuture<List<Decision>> decided = log.append(proposal);
        CompletableFuture<Void> beside = store(lastStamp(proposal));
        decided.whenComplete((decisions, error) -> {
          if (error == null) {
            store(batch, decisions, beside);
          } else {
            fail(batch, orUnknown(error));
          }
        });
      }
    } finally {
      // Only now: proposals keep the order in which their batches were closed.
      lock.lock();
      asking = false;
      lock.unlock();
    }
  }

  /** The stamp of the last append if all are accepted and the log is not ahead of the clock. */
  private long lastStamp(Proposal proposal) {
    long stamp = Stamp.atLeast(proposal.stamp(), partition);
    for (int i = 1; i < proposal.appends().size(); i++) {
      stamp = Stamp.above(stamp, partition);
    }
    return stamp;
  }

  private void store(
      List<Waiting> batch, List<Decision> decisions, CompletableFuture<Void> beside) {
    long stamp = 0;
    for (Decision decision : decisions) {
      stamp =
          Math.max(
              stamp,
              switch (decision) {
                case Accepted a -> a.record().getStamp();
                case Duplicate d -> d.stamp();
                case Rejected r -> log.committed().position().closed();
              });
    }
    long last = stamp;
    beside
        .thenCompose(done -> store(last))
        .whenComplete((done, error) -> {
          for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer.complete(result(decisions.get(i), error != null));
          }
        });
  }

  private CompletableFuture<Void> store(long stamp) {
    try {
      return clock.store(stamp);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static AppendResult result(Decision decision, boolean notStored) {
    if (notStored && !(decision instanceof Rejected)) {
      return failure(
          ErrorCode.OUTCOME_UNKNOWN, "the clock group did not store the stamp in time", "");
    }
    return switch (decision) {
      case Accepted a ->
          AppendResult.newBuilder()
              .setOffset(a.record().getOffset())
              .setStamp(a.record().getStamp())
              .setCollectionId(a.collectionId())
              .build();
      case Duplicate d ->
          AppendResult.newBuilder()
              .setOffset(d.offset())
              .setStamp(d.stamp())
              .setCollectionId(d.collectionId())
              .setDuplicate(true)
              .build();
      case Rejected r -> failure(r.code(), r.message(), r.field());
    };
  }

  private static void fail(List<Waiting> batch, VecraftException reason) {
    for (Waiting waiting : batch) {
      waiting.answer.complete(failure(reason.code(), reason.reason(), reason.field().orElse("")));
    }
  }

  /** A failed append, as its result. */
  static AppendResult failure(ErrorCode code, String message, String field) {
    return AppendResult.newBuilder()
        .setFailure(Failure.newBuilder().setCode(code.code()).setMessage(message).setField(field))
        .build();
  }

  /** Nothing was proposed yet, whatever the reason. */
  private static VecraftException certainlyNot(Throwable error) {
    return error instanceof VecraftException e && e.code().certainlyNotApplied()
        ? e
        : new VecraftException(ErrorCode.UNAVAILABLE, "the clock gave no stamp: " + error);
  }

  private static VecraftException orUnknown(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    return cause instanceof VecraftException e
        ? e
        : new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "the log failed: " + cause);
  }
}
