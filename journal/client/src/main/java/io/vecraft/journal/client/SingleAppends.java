package io.vecraft.journal.client;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.Operation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Appends one operation at a time, without a request id, and waits for what became of it: for
 * records that may be there twice. Safe for concurrent use.
 */
public final class SingleAppends {
  private final JournalApi journal;
  private final String principal;
  private final Duration timeout;

  /**
   * Appends to a journal.
   *
   * @param principal who is told to have written the records
   * @param timeout for one answer
   */
  public SingleAppends(JournalApi journal, String principal, Duration timeout) {
    this.journal = journal;
    this.principal = principal;
    this.timeout = timeout;
  }

  /**
   * Appends a record above a stamp.
   *
   * @throws VecraftException what the partition has refused it with; {@code unavailable} or {@code
   *     outcome_unknown} when that cannot be known: look again
   */
  public AppendResult append(int partition, Operation operation, long above)
      throws InterruptedException {
    Append append =
        Append.newBuilder()
            .setPrincipal(principal)
            .setMinStamp(above)
            .addOperations(operation)
            .build();
    AppendResult result =
        await(
                journal.appendBatch(
                    AppendBatchRequest.newBuilder()
                        .setPartition(partition)
                        .addAppends(append)
                        .build()))
            .getResults(0);
    if (result.hasFailure()) {
      throw new VecraftException(
          ErrorCode.of(result.getFailure().getCode()), result.getFailure().getMessage());
    }
    return result;
  }

  /** An answer of the journal, or the error that it failed with. */
  <T> T await(CompletableFuture<T> answer) throws InterruptedException {
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "the journal does not answer");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof VecraftException known
          ? known
          : new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "the journal: " + e.getCause());
    }
  }
}
