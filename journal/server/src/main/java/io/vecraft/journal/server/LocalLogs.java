package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.LocalLog;
import io.vecraft.journal.log.PartitionLog;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.StampClock;
import java.time.Duration;

/** Logs with one replica, of this process alone. */
record LocalLogs(
    JournalConfig config, StampClock clock, FileAccess files, FatalError fatal, MachineTime time)
    implements LogOpener {

  @Override
  public ClusterIdentity newIdentity() {
    return ClusterIdentity.create(config.partitions());
  }

  @Override
  public ClusterIdentity check(ClusterIdentity found) {
    if (!found.partitions().equals(config.partitions())) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "%s has %d data partitions, the configuration says %d"
              .formatted(
                  config.directory(),
                  found.partitions().dataPartitions(),
                  config.partitions().dataPartitions()));
    }
    return found;
  }

  @Override
  public PartitionLog open(SegmentSettings segments, PartitionSettings partition) {
    SegmentStore.Opened opened = SegmentStore.open(segments, partition, files, fatal, time);
    return new LocalLog(
        "journal-" + partition.partition(), opened, config.limits().tailCacheBytes(), fatal);
  }

  /**
   * What was recovered may have been durable without its stamp having been stored; readers will see
   * it, so the clock must not fall behind it.
   */
  @Override
  public void opened(long stamp) {
    if (stamp > 0) {
      Waiting.of(clock.store(stamp), "storing the stamp of the last record");
    }
  }

  /** Readers of the same process pull for themselves. */
  @Override
  public Duration closesToldAfter() {
    return Duration.ofMillis(50);
  }

  @Override
  public void close() {}
}
