package io.vecraft.storage.node;

import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.TransactionOutcome;
import io.vecraft.storage.replay.Transactions;
import io.vecraft.storage.replay.Undecided;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Decides transactions that need an outcome record: reads their preconditions as of just below
 * their stamp, which is repeatable, and appends the outcome; the first in the log wins.
 * Thread-safe.
 */
final class OutcomeResolver {
  private final JournalApi journal;
  private final StampClock clock;
  private final VersionsAnywhere versions;

  OutcomeResolver(JournalApi journal, StampClock clock, VersionsAnywhere versions) {
    this.journal = journal;
    this.clock = clock;
    this.versions = versions;
  }

  /** Decides one; returns when an outcome is in the log. */
  void resolve(Undecided undecided, Deadline deadline) {
    long below = undecided.stamp() - 1;
    close(partitions(undecided), undecided.stamp(), deadline);
    TransactionOutcome outcome =
        Transactions.decide(
            undecided.transaction(),
            undecided.catalog(),
            (shard, id) -> versions.version(shard, id, below, deadline));
    append(outcome, deadline);
  }

  /** Has partitions closed at a stamp that the log has given. */
  void close(Set<Integer> partitions, long stamp, Deadline deadline) {
    await(clock.store(stamp), deadline);
    List<CompletableFuture<?>> barriers = new ArrayList<>();
    for (int partition : partitions) {
      barriers.add(
          journal.getOffset(
              GetOffsetRequest.newBuilder()
                  .setPartition(partition)
                  .setCloseAtLeast(stamp)
                  .build()));
    }
    barriers.forEach(barrier -> await(barrier, deadline));
  }

  private static Set<Integer> partitions(Undecided undecided) {
    Set<Integer> partitions = new TreeSet<>(Set.of(Partitions.SYSTEM, Partitions.TRANSACTION));
    for (Operation operation : undecided.transaction().getOperationsList()) {
      Transactions.shardOf(operation, undecided.catalog())
          .flatMap(shard -> Transactions.partitionOf(shard, undecided.catalog()))
          .ifPresent(partitions::add);
    }
    return partitions;
  }

  private void append(TransactionOutcome outcome, Deadline deadline) {
    var append =
        Append.newBuilder()
            .setRequestId("outcome-" + outcome.getTransactionStamp())
            .setRequestDigest(
                ByteString.copyFrom(Hashing.sha256().hashBytes(outcome.toByteArray()).asBytes()))
            .setMinStamp(outcome.getTransactionStamp())
            .addOperations(Operation.newBuilder().setTransactionOutcome(outcome));
    AppendBatchResponse response =
        await(
            journal.appendBatch(
                AppendBatchRequest.newBuilder()
                    .setPartition(Partitions.TRANSACTION)
                    .addAppends(append)
                    .build()),
            deadline);
    AppendResult result = response.getResults(0);
    if (result.hasFailure()) {
      throw new VecraftException(
          ErrorCode.of(result.getFailure().getCode()), result.getFailure().getMessage());
    }
  }

  private static <T> T await(CompletableFuture<T> future, Deadline deadline) {
    try {
      return future.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new VecraftException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while a transaction was decided");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof VecraftException known) {
        throw known;
      }
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the journal: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting");
    }
  }
}
