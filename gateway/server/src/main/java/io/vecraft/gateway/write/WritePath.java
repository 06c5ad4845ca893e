package io.vecraft.gateway.write;

import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import java.util.List;

/**
 * Writes of records. Every call ends in one of: an answer, an error that leaves nothing behind
 * ({@link io.vecraft.error.ErrorCode#certainlyNotApplied()}), or {@code outcome_unknown}, which a
 * retry with the same request id resolves.
 *
 * <p>Calls block up to the deadline. Safe for concurrent use. Errors are {@link VecraftException}s;
 * their fields are paths such as {@code vectors[3].vector}.
 */
public interface WritePath {

  /**
   * Writes records. A malformed item refuses the whole request; a conflict is that item's outcome.
   * The collection {@code default} is made when it does not exist.
   */
  WriteAnswer upsert(
      WriteContext context, String collection, List<WriteItem.Upsert> items, Ack ack);

  /** Patches one record; outcomes updated, conflict or not found. */
  WriteAnswer patch(WriteContext context, String collection, WriteItem.Patch item, Ack ack);

  /** Deletes records by id. */
  WriteAnswer delete(
      WriteContext context, String collection, List<WriteItem.Delete> items, Ack ack);

  /** Deletes what matches at one stamp, each skipped if changed since. */
  DeleteByFilterAnswer deleteByFilter(
      WriteContext context, String collection, Filter filter, Ack ack);

  /**
   * All or nothing, visible at one instant. A failed condition is {@code conflict} with the
   * operation as its field, and nothing is applied.
   */
  WriteAnswer transaction(WriteContext context, List<TransactionOperation> operations, Ack ack);
}
