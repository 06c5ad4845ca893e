package io.vecraft.cluster;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.meta.placement.ReplicaChange;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.OpenDataPartitions;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.SetJournalGroup;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Writes what control decides into SYSTEM: changes of the map of replicas, of the journal's nodes
 * and of its partitions. Each is decided there, against the version and the control epoch that it
 * was planned for: sent twice or too late it changes nothing.
 */
final class ReplicaMapWriter {
  private static final long ANSWER_SECONDS = 5;

  private final JournalApi journal;
  private final String name;

  ReplicaMapWriter(JournalApi journal, String name) {
    this.journal = journal;
    this.name = name;
  }

  /**
   * Takes over from all control processes before.
   *
   * @throws VecraftException {@code moved} when another has taken over, {@code unavailable} or
   *     {@code outcome_unknown} when that cannot be known: look again
   */
  void begin(long epoch) throws InterruptedException {
    append(
        Operation.newBuilder()
            .setBeginControl(BeginControl.newBuilder().setEpoch(epoch).setName(name))
            .build());
  }

  /**
   * Makes one change.
   *
   * @throws VecraftException as {@link #begin}; {@code collection_not_found} when it has been
   *     dropped
   */
  void apply(ReplicaChange change, long epoch) throws InterruptedException {
    append(change.operation(epoch));
  }

  /**
   * Names the next group of the journal's nodes.
   *
   * @throws VecraftException as {@link #begin}
   */
  void setJournal(JournalGroup next, long epoch) throws InterruptedException {
    append(
        Operation.newBuilder()
            .setSetJournalGroup(SetJournalGroup.newBuilder().setGroup(next).setControlEpoch(epoch))
            .build());
  }

  /**
   * Lets new collections have shards in so many DATA partitions.
   *
   * @throws VecraftException as {@link #begin}
   */
  void openPartitions(Partitions partitions, long epoch) throws InterruptedException {
    append(
        Operation.newBuilder()
            .setOpenDataPartitions(
                OpenDataPartitions.newBuilder()
                    .setCount(partitions.dataPartitions())
                    .setControlEpoch(epoch))
            .build());
  }

  private void append(Operation operation) throws InterruptedException {
    Append append =
        Append.newBuilder().setPrincipal("control/" + name).addOperations(operation).build();
    AppendResult result;
    try {
      result =
          journal
              .appendBatch(
                  AppendBatchRequest.newBuilder()
                      .setPartition(Partitions.SYSTEM)
                      .addAllAppends(List.of(append))
                      .build())
              .get(ANSWER_SECONDS, TimeUnit.SECONDS)
              .getResults(0);
    } catch (TimeoutException e) {
      throw new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "the journal does not answer");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof VecraftException known
          ? known
          : new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "the journal: " + e.getCause());
    }
    if (result.hasFailure()) {
      throw new VecraftException(
          ErrorCode.of(result.getFailure().getCode()), result.getFailure().getMessage());
    }
  }
}
