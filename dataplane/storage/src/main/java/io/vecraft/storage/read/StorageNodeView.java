package io.vecraft.storage.read;

import io.vecraft.journal.catalog.Catalog;
import java.util.List;
import java.util.Optional;

/** A storage node as the query processor sees it. */
public interface StorageNodeView {
  /** Name of the node. */
  String name();

  /** The reader of a shard that this node has a replica of. */
  Optional<ShardReader> reader(ShardId shard);

  /** All replicas of the node. */
  List<ShardReader> readers();

  /** The catalog that the node has applied. */
  Catalog catalog();
}
