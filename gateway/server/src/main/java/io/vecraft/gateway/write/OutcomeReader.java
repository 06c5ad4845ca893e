package io.vecraft.gateway.write;

import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.Operation;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.OperationOutcome.Kind;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.VersionView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Learns from the replicas what became of the operations of a record of the log. */
final class OutcomeReader {
  private final ClusterAccess cluster;

  OutcomeReader(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  /**
   * Outcomes by position in the record. The journal must have been closed at the stamp by a
   * barrier.
   *
   * @param operations all operations of the record, with their shards
   * @param barrierStamp stamp of that barrier
   */
  Map<Integer, Kind> read(
      List<Operation> operations, long stamp, long barrierStamp, Deadline deadline) {
    var shards = new TreeSet<ShardId>(ShardIds.ORDER);
    operations.stream().filter(Operations::isWrite).map(ShardIds::of).forEach(shards::add);
    var kinds = new HashMap<Integer, Kind>();
    for (ShardId shard : shards) {
      if (cluster.replicas().of(shard).isEmpty()) {
        cluster.replicas().awaitCatalog(barrierStamp, deadline);
      }
      kinds.putAll(
          cluster.replicas().read(shard, stamp, deadline, reader -> of(reader, operations, stamp)));
    }
    return kinds;
  }

  /** Outcomes of one shard's operations from a replica that has passed the stamp. */
  static Map<Integer, Kind> of(ShardReader reader, List<Operation> operations, long stamp) {
    var kinds = new HashMap<Integer, Kind>();
    Optional<List<OperationOutcome>> kept = reader.outcomes(stamp);
    if (kept.isPresent()) {
      kept.get().forEach(o -> kinds.put(o.operation(), o.kind()));
      return kinds;
    }
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      if (Operations.isWrite(operation) && ShardIds.of(operation).equals(reader.shard())) {
        kinds.put(i, fromHistory(reader, operation, stamp));
      }
    }
    return kinds;
  }

  /** The outcome no longer kept, from the versions of the record. */
  private static Kind fromHistory(ShardReader reader, Operation operation, long stamp) {
    List<VersionView> versions = reader.history(Operations.recordId(operation), stamp + 1, 2);
    boolean wrote = !versions.isEmpty() && versions.getFirst().version() == stamp;
    Optional<VersionView> before = versions.stream().filter(v -> v.version() < stamp).findFirst();
    boolean existed = before.isPresent() && !before.get().kind().equals("delete");
    if (wrote) {
      return operation.hasDelete() ? Kind.DELETED : existed ? Kind.UPDATED : Kind.CREATED;
    }
    boolean absenceDecided = operation.hasPatch() || !Operations.conditional(operation);
    return !existed && absenceDecided ? Kind.NOT_FOUND : Kind.CONFLICT;
  }
}
