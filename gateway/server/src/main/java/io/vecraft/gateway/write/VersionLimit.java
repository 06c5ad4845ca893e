package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.ShardReader;
import java.util.Comparator;
import java.util.Optional;

/**
 * Keeps a record from having more versions within its time-travel window than a limit: a write of
 * such a record is refused until the window has left some behind.
 *
 * <p>A write is refused before it is journaled, or not at all: what the log has is never taken
 * back. The versions are counted at the freshest replica, which may lag, and writers do not wait
 * for each other, so a record may get over the limit by what is under way. A retry of a write that
 * the journal has is let through to its outcome. Safe for concurrent use.
 */
final class VersionLimit {
  /** A storage node that stands still does not hold writes up. */
  private static final long ASK_MILLIS = 250;

  private final ClusterAccess cluster;
  private final int max;

  /**
   * A limit.
   *
   * @param max versions of a record, at least 1
   */
  VersionLimit(ClusterAccess cluster, int max) {
    this.cluster = cluster;
    this.max = max;
  }

  /**
   * Refuses an operation whose record has as many versions as it may.
   *
   * @param field of the operation in the request, for the message
   * @throws VecraftException {@code back_pressure}
   */
  void check(WriteContext context, Operation operation, String field) {
    Optional<ShardReader> freshest =
        cluster.replicas().of(ShardIds.of(operation)).stream()
            .max(Comparator.comparingLong(ShardReader::frontier));
    String id = Operations.recordId(operation);
    if (freshest.isPresent() && versions(freshest.get(), id) >= max && !isRetry(context)) {
      throw new VecraftException(
          ErrorCode.BACK_PRESSURE,
          "record %s has %d versions in its time-travel window, the limit is %d"
              .formatted(id, max, max),
          field + ".id");
    }
  }

  private int versions(ShardReader reader, String id) {
    try {
      return reader.within(Deadline.afterMillis(ASK_MILLIS)).versions(id, max);
    } catch (VecraftException e) {
      // A replica that is being rebuilt, or does not answer, says nothing of the record; the write
      // needs none.
      return 0;
    }
  }

  private boolean isRetry(WriteContext context) {
    return context.idGiven()
        && cluster
                .journal()
                .trace(
                    TraceRequest.newBuilder()
                        .setRequestId(context.requestId())
                        .setPrincipal(context.principal())
                        .setLimit(1)
                        .build())
                .getRecordsCount()
            > 0;
  }
}
