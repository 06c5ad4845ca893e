package io.vecraft.query;

import io.vecraft.proto.journal.CollectionState;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.util.List;

/**
 * What a read is to do: every target is read as of one stamp.
 *
 * @param collection the collection as the catalog has it
 * @param targets the shards to read, each with a replica whose frontier has reached the stamp
 * @param shardsTotal shards that the read concerns; more than the targets only where a partial
 *     answer is allowed
 * @param asOf the stamp S
 * @param stalenessNanos upper bound of what S lacks
 * @param synced whether the journal was asked
 */
record ReadPlan(
    CollectionState collection,
    List<Target> targets,
    int shardsTotal,
    long asOf,
    long stalenessNanos,
    boolean synced) {

  /**
   * One shard of a read.
   *
   * @param id of the shard
   * @param reader the replica to read
   */
  record Target(ShardId id, ShardReader reader) {}
}
