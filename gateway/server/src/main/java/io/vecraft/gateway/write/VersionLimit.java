package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntFunction;

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
  /** For all shards of a request: a storage node that stands still does not hold writes up. */
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
   * Refuses operations of which one is on a record that has as many versions as it may.
   *
   * @param operations on different records
   * @param field of an operation in the request by its position, for the message
   * @throws VecraftException {@code back_pressure}
   */
  void check(WriteContext context, List<Operation> operations, IntFunction<String> field) {
    Map<ShardId, List<Integer>> byShard = new TreeMap<>(ShardIds.ORDER);
    for (int i = 0; i < operations.size(); i++) {
      byShard.computeIfAbsent(ShardIds.of(operations.get(i)), s -> new ArrayList<>()).add(i);
    }
    Deadline deadline = Deadline.afterMillis(ASK_MILLIS);
    byShard.entrySet().stream()
        .flatMap(e -> firstOver(e.getKey(), e.getValue(), operations, deadline).stream())
        .min(Comparator.naturalOrder())
        .filter(position -> !isRetry(context))
        .ifPresent(position -> {
          throw new VecraftException(
              ErrorCode.BACK_PRESSURE,
              "record %s has %d versions in its time-travel window, the limit is %d"
                  .formatted(Operations.recordId(operations.get(position)), max, max),
              field.apply(position) + ".id");
        });
  }

  /** The first of the positions whose record has as many versions as it may. */
  private Optional<Integer> firstOver(
      ShardId shard, List<Integer> positions, List<Operation> operations, Deadline deadline) {
    Optional<ShardReader> freshest =
        cluster.replicas().of(shard).stream().max(Comparator.comparingLong(ShardReader::frontier));
    if (freshest.isEmpty()) {
      return Optional.empty();
    }
    List<String> ids = positions.stream().map(i -> Operations.recordId(operations.get(i))).toList();
    try {
      OptionalInt first = freshest.get().within(deadline).firstWithVersions(ids, max);
      return first.isPresent() ? Optional.of(positions.get(first.getAsInt())) : Optional.empty();
    } catch (VecraftException e) {
      // A replica that is being rebuilt, or does not answer, says nothing of the records; the write
      // needs none.
      return Optional.empty();
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
