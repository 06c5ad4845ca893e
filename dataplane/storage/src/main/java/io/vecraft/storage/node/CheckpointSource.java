package io.vecraft.storage.node;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.storage.checkpoint.Manifest;
import io.vecraft.storage.checkpoint.ShardDirectory;
import io.vecraft.storage.read.ShardId;
import java.io.IOException;
import java.util.Optional;

/** Another storage node, as one that has to make a shard again sees it. Thread-safe. */
public interface CheckpointSource {
  /** Name of the node. */
  String name();

  /**
   * Copies its last checkpoint of a shard, verified, and makes it the one that counts there.
   *
   * @return empty, with nothing copied, if it has none
   * @throws DamagedBlockException if its checkpoint is damaged too; {@code into} is then to be
   *     discarded
   */
  Optional<Manifest> copyCheckpoint(ShardId shard, ShardDirectory into) throws IOException;
}
