package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.PartitionLog;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import java.util.List;
import java.util.function.Predicate;

/**
 * A partition on this node.
 *
 * @param number its slot in stamps
 * @param log its log
 * @param pipeline the way in
 */
record Partition(int number, PartitionLog log, AppendPipeline pipeline) {

  SegmentStore store() {
    return log.store();
  }

  /**
   * What is committed from an offset on, without waiting.
   *
   * @param filter records that do not pass are left out, and counted as read
   */
  PullResponse pull(long fromOffset, int maxRecords, long maxBytes, Predicate<Record> filter) {
    CommittedLog committed = log.committed();
    Position end = committed.position();
    long first = committed.firstOffset();
    long from = Math.max(1, fromOffset);
    if (from < first) {
      throw new VecraftException(
          ErrorCode.SNAPSHOT_EXPIRED,
          "partition %d is held from offset %d on".formatted(number, first),
          "from_offset");
    }
    requireReached(from, end);
    PullResponse.Builder answer = answer(first, end);
    long next = from;
    long closed = end.closed();
    if (from <= end.offset()) {
      int count = (int) Math.min(maxRecords, end.offset() - from + 1);
      List<Record> records = committed.read(from, count, maxBytes);
      records.stream().filter(filter).forEach(answer::addRecords);
      next = from + records.size();
      if (next <= end.offset()) {
        closed = records.getLast().getClosed();
      }
    }
    return answer.setNextOffset(next).setClosedStamp(closed).build();
  }

  /** How far the partition goes, as a {@link #pull} that leaves out every record and reads none. */
  PullResponse position(long fromOffset) {
    CommittedLog committed = log.committed();
    Position end = committed.position();
    requireReached(fromOffset, end);
    return answer(committed.firstOffset(), end)
        .setNextOffset(end.offset() + 1)
        .setClosedStamp(end.closed())
        .build();
  }

  private PullResponse.Builder answer(long first, Position end) {
    return PullResponse.newBuilder()
        .setFirstOffset(first)
        .setLastOffset(end.offset())
        .setLeader(log.leaderHint().orElse(""));
  }

  private void requireReached(long from, Position end) {
    if (from > end.offset() + 1) {
      throw new VecraftException(
          ErrorCode.DATA_DAMAGED,
          "partition %d ends at offset %d, offset %d was asked for: records were lost"
              .formatted(number, end.offset(), from),
          "from_offset");
    }
  }

  PartitionStatus status() {
    Position end = log.committed().position();
    return PartitionStatus.newBuilder()
        .setPartition(number)
        .setRole(Partitions.role(number))
        .setLeader(log.leaderHint().orElse(""))
        .addAllReplicas(log.replicas())
        .setFirstOffset(log.committed().firstOffset())
        .setLastOffset(end.offset())
        .setLastStamp(log.lastStamp())
        .setClosedStamp(end.closed())
        .setBytes(store().bytes())
        .setSegments(store().segments())
        .setFeatureLevel(log.featureLevel())
        .addAllDamage(store().damage())
        .build();
  }
}
