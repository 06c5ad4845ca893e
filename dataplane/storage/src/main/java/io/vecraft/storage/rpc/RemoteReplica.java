package io.vecraft.storage.rpc;

import io.vecraft.proto.storage.Position;
import io.vecraft.proto.storage.ReplicaState;
import io.vecraft.storage.read.ShardId;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is known of one replica of another process, from one start of it to the next. Values only
 * grow: they come from the watch and from answers, which may overtake each other. Safe for
 * concurrent use.
 */
final class RemoteReplica {
  private final ShardId id;
  private final long startId;
  private final int instance;
  private final AtomicLong frontier = new AtomicLong();
  private final AtomicLong safePoint = new AtomicLong();
  private final AtomicLong known = new AtomicLong();
  private final OperationsMemo operations = new OperationsMemo();

  RemoteReplica(ShardId id, long startId, ReplicaState state) {
    this.id = id;
    this.startId = startId;
    this.instance = state.getInstance();
    told(state);
  }

  /** The watch has told of it. */
  void told(ReplicaState state) {
    if (state.hasOperationsApplied()) {
      operations.add(state.getFrontier(), state.getOperationsApplied());
    }
    raise(known, state.getKnownStamp());
    raise(safePoint, state.getSafePoint());
    raise(frontier, state.getFrontier());
  }

  /**
   * It has answered.
   *
   * @param asOf the stamp that was read; 0 for none
   */
  void answered(Position position, long asOf) {
    if (asOf > 0 && position.hasOperationsApplied()) {
      // A function of the log alone, whichever process has counted.
      operations.add(asOf, position.getOperationsApplied());
    }
    if (position.getStartId() == startId && position.getInstance() == instance) {
      raise(frontier, position.getFrontier());
    }
  }

  private static void raise(AtomicLong value, long to) {
    if (to > value.get()) {
      value.accumulateAndGet(to, Math::max);
    }
  }

  ShardId id() {
    return id;
  }

  long startId() {
    return startId;
  }

  int instance() {
    return instance;
  }

  long frontier() {
    return frontier.get();
  }

  long safePoint() {
    return safePoint.get();
  }

  long knownStamp() {
    return Math.max(known.get(), frontier.get());
  }

  OperationsMemo operations() {
    return operations;
  }
}
