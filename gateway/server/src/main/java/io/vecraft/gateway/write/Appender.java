package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.AppendResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Appends to the journal, and what is known about them afterwards. The line between "certainly not
 * applied" and "outcome unknown" is drawn here: once a proposal may have been sent, only the
 * journal's own word says that it is not in the log.
 */
final class Appender {
  private final JournalApi journal;

  Appender(JournalApi journal) {
    this.journal = journal;
  }

  /** What is known of an append. */
  sealed interface Outcome {
    /**
     * In the log.
     *
     * @param offset in the partition
     * @param stamp its place in the order
     * @param duplicate whether an earlier request with the same id put it there
     * @param collectionId of a collection that it made, else 0
     */
    record Journaled(long offset, long stamp, boolean duplicate, long collectionId)
        implements Outcome {}

    /**
     * Not in the log, or with code {@code outcome_unknown} perhaps not.
     *
     * @param error why
     */
    record Failed(VecraftException error) implements Outcome {}

    /** The journaled outcome, or the error thrown. */
    default Journaled orThrow() {
      return switch (this) {
        case Journaled j -> j;
        case Failed(VecraftException error) -> throw error;
      };
    }
  }

  /** Sends one append; {@link #await} says what became of it. */
  CompletableFuture<AppendBatchResponse> send(int partition, Append append) {
    try {
      return journal.appendBatch(
          AppendBatchRequest.newBuilder().setPartition(partition).addAppends(append).build());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** What became of an append that was sent. */
  static Outcome await(CompletableFuture<AppendBatchResponse> sent, Deadline deadline) {
    try {
      AppendBatchResponse response =
          sent.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
      return outcome(response.getResults(0));
    } catch (TimeoutException e) {
      return unknown("the deadline passed before the journal had answered");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return unknown("interrupted before the journal had answered");
    } catch (ExecutionException e) {
      return e.getCause() instanceof VecraftException known
          ? failed(known)
          : unknown("the journal failed: " + e.getCause());
    }
  }

  /** Sends one append and waits for it. */
  Outcome append(int partition, Append append, Deadline deadline) {
    requireTime(deadline);
    return await(send(partition, append), deadline);
  }

  /** Nothing is sent once the deadline has passed: then the write is certainly not applied. */
  static void requireTime(Deadline deadline) {
    if (deadline.passed()) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "the deadline passed before the write was sent");
    }
  }

  private static Outcome outcome(AppendResult result) {
    if (result.hasFailure()) {
      return failed(
          new VecraftException(
              ErrorCode.of(result.getFailure().getCode()),
              result.getFailure().getMessage(),
              result.getFailure().getField()));
    }
    return new Outcome.Journaled(
        result.getOffset(), result.getStamp(), result.getDuplicate(), result.getCollectionId());
  }

  private static Outcome failed(VecraftException error) {
    return switch (error.code()) {
      case DEADLINE_EXCEEDED -> unknown(error.reason());
      case NOT_LEADER ->
          new Outcome.Failed(new VecraftException(ErrorCode.UNAVAILABLE, error.reason()));
      default -> new Outcome.Failed(error);
    };
  }

  private static Outcome unknown(String reason) {
    return new Outcome.Failed(
        new VecraftException(
            ErrorCode.OUTCOME_UNKNOWN, reason + "; retry with the same request id to learn it"));
  }
}
