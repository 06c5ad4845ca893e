package io.vecraft.control;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.SingleAppends;
import io.vecraft.journal.meta.placement.ReplicaChange;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.OpenDataPartitions;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.SetJournalGroup;
import io.vecraft.proto.journal.SetPartitionGroup;
import java.time.Duration;

/**
 * Writes what control decides into SYSTEM: changes of the map of replicas, of the journal's nodes
 * and of its partitions. Each is decided there, against the version and the control epoch that it
 * was planned for: sent twice or too late it changes nothing.
 */
final class ReplicaMapWriter {
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final SingleAppends appends;
  private final String name;

  ReplicaMapWriter(JournalApi journal, String name) {
    this.appends = new SingleAppends(journal, "control/" + name, ANSWER);
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
   * Names the next nodes of a partition.
   *
   * @throws VecraftException as {@link #begin}
   */
  void setPartition(PartitionGroup next, long epoch) throws InterruptedException {
    append(
        Operation.newBuilder()
            .setSetPartitionGroup(
                SetPartitionGroup.newBuilder().setGroup(next).setControlEpoch(epoch))
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
    var unused = appends.append(Partitions.SYSTEM, operation, 0);
  }
}
