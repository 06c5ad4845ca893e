package io.vecraft.storage.read;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.time.Deadline;
import java.util.List;
import java.util.Optional;

/** A storage node as the query processor sees it. */
public interface StorageNodeView {
  /** Name of the node. */
  String name();

  /** The pool that the node is in. */
  default String pool() {
    return NodePool.SHARED;
  }

  /** The reader of a shard that this node has a replica of. */
  Optional<ShardReader> reader(ShardId shard);

  /** All replicas of the node. */
  List<ShardReader> readers();

  /** The catalog of the newest SYSTEM record that the node has seen. */
  Catalog catalog();

  /**
   * Waits until {@link #catalog()} holds every SYSTEM record up to {@code stamp} and the node's
   * replicas of all its collections can be found by {@link #reader}. Does not ask the journal to
   * close: the caller has done so.
   *
   * @throws VecraftException {@code deadline_exceeded} or {@code unavailable}
   */
  void awaitCatalog(long stamp, Deadline deadline);

  /**
   * Makes sure that a transaction which needs an outcome record has one, deciding it if nobody has,
   * without waiting for the frontier to pass it. Does nothing for a transaction that needs none.
   *
   * @throws VecraftException {@code deadline_exceeded} or {@code unavailable}
   */
  void decide(long transactionStamp, Deadline deadline);
}
