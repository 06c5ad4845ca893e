package io.vecraft.e2e.sim;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.TransactionOutcome;
import io.vecraft.storage.replay.Transactions;
import io.vecraft.storage.replay.Undecided;
import java.util.concurrent.CompletableFuture;

/**
 * Decides transactions as the storage node's resolver does: their stamp is stored, the partitions
 * are closed at it, the preconditions are read as of just below, the outcome goes into the log. Any
 * number of them may be at it.
 */
final class SimResolver {
  private final SimWorld world;

  SimResolver(SimWorld world) {
    this.world = world;
  }

  /** Tries once; whoever is held back asks again. */
  void decide(Undecided undecided) {
    world.anyProcess().ifPresent(process -> world.network().watch(decide(process, undecided)));
  }

  private CompletableFuture<?> decide(SimProcess process, Undecided undecided) {
    long stamp = undecided.stamp();
    SimStorage storage = world.anyStorage();
    return process
        .readersClock()
        .store(stamp)
        .thenCompose(stored -> world.reads().close(process, stamp))
        .thenCompose(closed -> storage.awaitAll(stamp - 1))
        .thenCompose(reached -> {
          TransactionOutcome outcome =
              Transactions.decide(
                  undecided.transaction(),
                  undecided.catalog(),
                  (shard, id) -> storage.version(shard, id, stamp - 1));
          return world.journal().append(process, Partitions.TRANSACTION, append(outcome));
        });
  }

  private static Append append(TransactionOutcome outcome) {
    return Append.newBuilder()
        .setRequestId("outcome-" + outcome.getTransactionStamp())
        .setRequestDigest(ByteString.copyFromUtf8(outcome.toString()))
        .setMinStamp(outcome.getTransactionStamp())
        .addOperations(Operation.newBuilder().setTransactionOutcome(outcome))
        .build();
  }
}
