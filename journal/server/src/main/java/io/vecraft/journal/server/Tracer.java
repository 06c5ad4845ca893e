package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TracedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Finds records by request id (through the segments' index) or by record id, principal and time (by
 * reading the segments from the first stamp on).
 */
final class Tracer {
  private Tracer() {}

  /** At most {@code limit} records of a partition that match, the oldest first. */
  static List<TracedRecord> trace(Partition partition, TraceRequest request, int limit) {
    Predicate<Record> matches = matcher(request);
    var found = new ArrayList<TracedRecord>();
    if (!request.getRequestId().isEmpty()) {
      for (long offset : partition.store().findRequest(request.getRequestId())) {
        offer(partition, partition.store().read(offset, 1, 1).getFirst(), matches, found, limit);
      }
      return found;
    }
    if (partition.store().firstOffset() > 1
        && request.getFromStamp() < partition.store().firstStamp()) {
      // Rather than an answer that looks whole.
      throw new VecraftException(
          ErrorCode.SNAPSHOT_EXPIRED,
          "partition %d is held from stamp %d on, a trace from %d was asked for"
              .formatted(
                  partition.number(), partition.store().firstStamp(), request.getFromStamp()),
          "from_stamp");
    }
    long last = partition.log().committed().position().offset();
    long to = request.getToStamp() == 0 ? Stamp.INFINITY : request.getToStamp();
    partition
        .store()
        .scan(
            request.getFromStamp(),
            record ->
                record.getOffset() <= last
                    && record.getStamp() <= to
                    && offer(partition, record, matches, found, limit));
    return found;
  }

  /** Adds a record that matches; false once there are enough. */
  private static boolean offer(
      Partition partition,
      Record record,
      Predicate<Record> matches,
      List<TracedRecord> found,
      int limit) {
    if (found.size() < limit && matches.test(record)) {
      found.add(
          TracedRecord.newBuilder().setPartition(partition.number()).setRecord(record).build());
    }
    return found.size() < limit;
  }

  private static Predicate<Record> matcher(TraceRequest request) {
    return record ->
        (request.getRequestId().isEmpty() || record.getRequestId().equals(request.getRequestId()))
            && (request.getPrincipal().isEmpty()
                || record.getPrincipal().equals(request.getPrincipal()))
            && record.getStamp() >= request.getFromStamp()
            && (request.getToStamp() == 0 || record.getStamp() <= request.getToStamp())
            && (request.getRecordId().isEmpty() || touches(record, request));
  }

  private static boolean touches(Record record, TraceRequest request) {
    return record.getOperationsList().stream()
        .anyMatch(o ->
            o.getCollectionId() == request.getCollectionId()
                && idOf(o).equals(request.getRecordId()));
  }

  private static String idOf(Operation operation) {
    return switch (operation.getKindCase()) {
      case UPSERT -> operation.getUpsert().getId();
      case PATCH -> operation.getPatch().getId();
      case DELETE -> operation.getDelete().getId();
      default -> "";
    };
  }
}
