package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.auth.Action;
import io.vecraft.gateway.auth.Principal;
import io.vecraft.gateway.limits.InFlight;
import io.vecraft.gateway.write.CollectionAdmin;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.StatusResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Questions about the journal, and its size, for REST and gRPC alike. Calls block. Safe for
 * concurrent use.
 */
public final class Journals {
  private final Lineage lineage;
  private final CollectionAdmin admin;
  private final Supplier<Catalog> catalog;
  private final InFlight.Gate subscriptions;

  public Journals(
      Lineage lineage, CollectionAdmin admin, Supplier<Catalog> catalog, InFlight inFlight) {
    this.lineage = lineage;
    this.admin = admin;
    this.catalog = catalog;
    this.subscriptions = inFlight.subscriptions();
  }

  /** What a request did, as far as the caller may read it. */
  public Lineage.RequestTrace operation(Call call, String requestId) {
    if (!CallFactory.isRequestId(requestId)) {
      throw Checks.invalid("a request id is 1 to 128 of A-Z a-z 0-9 . _ : -", "request_id");
    }
    Lineage.RequestTrace trace = lineage.operation(requestId);
    List<Lineage.DecidedOperation> visible =
        trace.operations().stream().filter(o -> mayRead(call.principal(), o)).toList();
    if (visible.isEmpty() && !call.principal().grants().allow(Action.READ)) {
      throw new VecraftException(
          ErrorCode.REQUEST_NOT_FOUND, "the journal does not know request " + requestId);
    }
    return new Lineage.RequestTrace(trace.requestId(), trace.principal(), trace.traceId(), visible);
  }

  private static boolean mayRead(Principal principal, Lineage.DecidedOperation operation) {
    return operation.collection().isEmpty()
        ? principal.grants().allow(Action.READ)
        : principal.grants().allow(Action.READ, operation.collection());
  }

  public StatusResponse status(Call call) {
    call.principal().require(Action.READ);
    return lineage.status();
  }

  /**
   * Lets there be so many DATA partitions; those that are missing are made, then get shards of new
   * collections. Returns the stamp.
   *
   * @throws VecraftException as {@link CollectionAdmin#wantDataPartitions}
   */
  public long grow(Call call, int dataPartitions) {
    call.principal().require(Action.ADMIN);
    return admin.wantDataPartitions(call.writeContext(), dataPartitions);
  }

  /**
   * Lets a partition have so many replicas in a pool of journal nodes; they are brought there, then
   * those that it had are deleted. Returns the stamp.
   *
   * @throws VecraftException as {@link CollectionAdmin#wantPartitionIn}
   */
  public long move(Call call, int partition, PartitionWish wish) {
    call.principal().require(Action.ADMIN);
    return admin.wantPartitionIn(call.writeContext(), partition, wish.pool(), wish.replicas());
  }

  /**
   * Where a partition is to be.
   *
   * @param replicas 0 for as many as the journal has nodes, in the shared pool
   */
  public record PartitionWish(String pool, int replicas) {}

  /** Records of a partition from an offset on. */
  public PullResponse records(Call call, int partition, long from, int limit) {
    call.principal().require(Action.READ);
    if (!catalog.get().partitionsWanted().all().contains(partition)) {
      throw new VecraftException(ErrorCode.NOT_FOUND, "no partition " + partition, "partition");
    }
    return lineage.records(partition, from, limit);
  }

  /**
   * Opens a tail of decided records; it counts as a subscription until it is closed.
   *
   * @param collection only records that touch it
   */
  public Lineage.Tail tail(Call call, Optional<String> collection, long afterStamp) {
    if (collection.isPresent()) {
      call.principal().require(Action.READ, collection.get());
    } else {
      call.principal().require(Action.READ);
    }
    subscriptions.enter(1);
    var open = new AtomicBoolean(true);
    Runnable leave =
        () -> {
          if (open.getAndSet(false)) {
            subscriptions.leave(1);
          }
        };
    try {
      Lineage.Tail tail = lineage.tail(collection, afterStamp);
      return new Counted(tail, leave);
    } catch (RuntimeException e) {
      leave.run();
      throw e;
    }
  }

  /** A tail that gives back its place when it is closed. */
  private record Counted(Lineage.Tail tail, Runnable leave) implements Lineage.Tail {
    @Override
    public List<Lineage.DecidedRecord> next(Deadline deadline) {
      return tail.next(deadline);
    }

    @Override
    public void close() {
      try {
        tail.close();
      } finally {
        leave.run();
      }
    }
  }
}
