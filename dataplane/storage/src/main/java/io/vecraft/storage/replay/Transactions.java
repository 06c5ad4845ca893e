package io.vecraft.storage.replay;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TransactionOutcome;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.shard.Preconditions;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The rules of transactions. Pure: the same on every replica, in the gateway and in the sweeper.
 */
public final class Transactions {
  /** Stands for a collection that does not exist at the transaction's place. */
  private static final int NOWHERE = -1;

  private Transactions() {}

  /**
   * The shard of an operation in TRANSACTION, by the catalog as of its stamp; empty when its
   * collection does not exist there.
   */
  public static Optional<ShardId> shardOf(Operation operation, Catalog catalog) {
    return catalog
        .collection(operation.getCollectionId())
        .map(c ->
            new ShardId(
                c.getId(),
                ShardHash.shardOf(Preconditions.id(operation), c.getDefinition().getShards())));
  }

  /** The DATA partition of a shard. */
  public static Optional<Integer> partitionOf(ShardId shard, Catalog catalog) {
    return catalog
        .collection(shard.collectionId())
        .filter(c -> shard.shard() < c.getPlacementsCount())
        .map((CollectionState c) -> c.getPlacements(shard.shard()).getPartition());
  }

  /**
   * Whether the transaction's fate needs an outcome record: it depends on the state, and more than
   * one shard has to come to the same decision. Without conditions it always commits; within one
   * shard that shard decides.
   */
  public static boolean needsOutcome(List<Operation> operations, Catalog catalog) {
    boolean conditional = false;
    Set<ShardId> shards = new HashSet<>();
    for (Operation operation : operations) {
      if (!Preconditions.writesRecord(operation)) {
        continue;
      }
      conditional |= Preconditions.conditional(operation);
      shards.add(
          shardOf(operation, catalog).orElse(new ShardId(operation.getCollectionId(), NOWHERE)));
    }
    return conditional && shards.size() > 1;
  }

  /** The versions of records as of just below a transaction's stamp. */
  @FunctionalInterface
  public interface VersionsBefore {
    /** The version of a record; empty when there is none. */
    OptionalLong version(ShardId shard, String id);
  }

  /**
   * Decides a transaction: it commits if every precondition holds just below its stamp. An
   * operation with a precondition on a collection that does not exist there fails.
   *
   * @param catalog as of just below the transaction's stamp
   */
  public static TransactionOutcome decide(
      Record transaction, Catalog catalog, VersionsBefore before) {
    var outcome = TransactionOutcome.newBuilder().setTransactionStamp(transaction.getStamp());
    for (int i = 0; i < transaction.getOperationsCount(); i++) {
      Operation operation = transaction.getOperations(i);
      if (!Preconditions.conditional(operation)) {
        continue;
      }
      Optional<ShardId> shard = shardOf(operation, catalog);
      boolean holds =
          shard.isPresent()
              && Preconditions.check(
                      operation, before.version(shard.get(), Preconditions.id(operation)))
                  == Preconditions.Verdict.HOLDS;
      if (!holds) {
        outcome.addFailedOperations(i);
      }
    }
    return outcome.setCommitted(outcome.getFailedOperationsCount() == 0).build();
  }
}
