package io.vecraft.gateway.write;

import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.StatusResponse;
import java.util.List;
import java.util.Optional;

/** Who wrote what, when, by which request: read from the journal. Safe for concurrent use. */
public interface Lineage {

  /** What a request did; {@code request_not_found} when the journal does not know it. */
  RequestTrace operation(String requestId);

  /** The partitions of the journal. */
  StatusResponse status();

  /** Records of a partition from an offset on, at most {@code limit}. */
  PullResponse records(int partition, long fromOffset, int limit);

  /**
   * Decided records in stamp order, those above {@code afterStamp}, without end.
   *
   * @param collection only records that touch it
   * @param afterStamp where to resume; 0 for the beginning
   */
  Tail tail(Optional<String> collection, long afterStamp);

  /** A position in the decided records. For one thread. */
  interface Tail extends AutoCloseable {
    /**
     * The next records, at least one; waits for them until the deadline, then answers with none.
     */
    List<DecidedRecord> next(Deadline deadline);

    @Override
    void close();
  }

  /**
   * What one request did.
   *
   * @param requestId id of the request
   * @param principal who sent it
   * @param traceId of the request, or empty
   * @param operations in the order of stamps
   */
  record RequestTrace(
      String requestId, String principal, String traceId, List<DecidedOperation> operations) {}

  /**
   * One record of the journal with the outcomes of its operations.
   *
   * @param partition where it is
   * @param offset in the partition
   * @param stamp its place in the order
   * @param requestId request that it belongs to
   * @param principal who sent the request
   * @param operations in the order of the record
   */
  record DecidedRecord(
      int partition,
      long offset,
      long stamp,
      String requestId,
      String principal,
      List<DecidedOperation> operations) {}

  /**
   * One operation and what became of it.
   *
   * @param collectionId id of the collection, 0 where there is none
   * @param collection its name, empty when it is gone
   * @param id of the record, empty for operations on collections and keys
   * @param kind {@code upsert}, {@code patch}, {@code delete}, {@code create_collection}, ...
   * @param outcome {@code written}, {@code created}, {@code updated}, {@code deleted}, {@code
   *     conflict}, {@code not_found}, {@code aborted}, {@code pending} while not decided here, or
   *     {@code expired} when what became of it is no longer kept
   * @param partition where it is
   * @param offset in the partition
   * @param stamp its place in the order
   * @param shard of the collection, -1 where there is none
   * @param appliedBy names of the storage nodes that have applied it
   */
  record DecidedOperation(
      long collectionId,
      String collection,
      String id,
      String kind,
      String outcome,
      int partition,
      long offset,
      long stamp,
      int shard,
      List<String> appliedBy) {}
}
