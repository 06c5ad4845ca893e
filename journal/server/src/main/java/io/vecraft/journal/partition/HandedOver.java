package io.vecraft.journal.partition;

import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RememberedRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a shard's partition remembers of its requests, on its way to another partition: read from
 * the records that are within the dedup window, and written into one that the other keeps as if it
 * had seen the requests itself. Pure.
 */
public final class HandedOver {
  private HandedOver() {}

  /** Whether a record hands requests over. */
  static boolean any(Record record) {
    return record.getOperationsCount() > 0 && record.getOperations(0).hasRememberRequests();
  }

  /**
   * A record's own entries, then those that it hands over, as of its place in the log. By request,
   * as in a segment's index: so they are in one order, however they come back.
   */
  static List<RequestEntry> entries(List<RequestEntry> own, Record record) {
    var entries = new ArrayList<>(own);
    for (Operation operation : record.getOperationsList()) {
      for (RememberedRequest r : operation.getRememberRequests().getRequestsList()) {
        entries.add(
            new RequestEntry(
                r.getRequest(), r.getScope(), r.getDigest(), record.getOffset(), r.getStamp()));
      }
    }
    entries.sort(Comparator.comparingLong(RequestEntry::request));
    return entries;
  }

  /** What a record says of requests to a shard: its own, or those that it hands over. */
  public static List<RememberedRequest> requests(
      int partition, Record record, long collection, int shard) {
    var found = new ArrayList<RememberedRequest>();
    Optional<Operation> written = Optional.empty();
    for (Operation operation : record.getOperationsList()) {
      if (operation.getCollectionId() != collection || operation.getShard() != shard) {
        continue;
      }
      if (RequestKeys.isWrite(operation.getKindCase())) {
        written = Optional.of(operation);
      } else if (operation.hasRememberRequests()) {
        found.addAll(operation.getRememberRequests().getRequestsList());
      }
    }
    written.ifPresent(operation -> {
      Record alone = record.toBuilder().clearOperations().addOperations(operation).build();
      RequestKeys.of(partition, alone)
          .entries(record.getOffset(), record.getStamp())
          .forEach(entry -> found.add(remembered(entry)));
    });
    return found;
  }

  private static RememberedRequest remembered(RequestEntry entry) {
    return RememberedRequest.newBuilder()
        .setRequest(entry.request())
        .setScope(entry.scope())
        .setDigest(entry.digest())
        .setStamp(entry.stamp())
        .build();
  }
}
