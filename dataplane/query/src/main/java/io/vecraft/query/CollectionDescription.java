package io.vecraft.query;

import io.vecraft.proto.journal.CollectionState;
import java.util.List;

/**
 * A collection and the state of its shards.
 *
 * @param state definition, id and placements as the catalog has them
 * @param records live records at the frontier of each shard's freshest replica
 * @param shards by shard number
 */
public record CollectionDescription(
    CollectionState state, long records, List<ShardDescription> shards) {
  /**
   * One shard.
   *
   * @param shard its number
   * @param partition number of its DATA partition
   * @param epoch of its placement
   * @param replicas its replicas; empty while none serves
   */
  public record ShardDescription(
      int shard, int partition, int epoch, List<ReplicaDescription> replicas) {}

  /**
   * One replica of a shard.
   *
   * @param node name of the storage node
   * @param records live records at its frontier
   * @param appliedOffset last offset applied of its DATA partition
   * @param frontier its history is complete up to here
   * @param stalenessMs upper bound of what it lacks
   * @param vectorsIndexed vectors in the graph
   * @param vectorsNotIndexed vectors scanned exactly for now
   * @param offHeapBytes memory outside the Java heap
   */
  public record ReplicaDescription(
      String node,
      long records,
      long appliedOffset,
      long frontier,
      long stalenessMs,
      long vectorsIndexed,
      long vectorsNotIndexed,
      long offHeapBytes) {}
}
