package io.vecraft.gateway.write;

import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Collections, keys, nodes that leave, and how many partitions there are: records of the SYSTEM
 * partition. Calls block up to the deadline. Errors are {@link VecraftException}s as of {@link
 * WritePath}. Descriptions with the state of shards come from {@link
 * io.vecraft.query.QueryProcessor#describe}.
 */
public interface CollectionAdmin {

  /**
   * Makes a collection; unset fields of the definition get their defaults. The same definition
   * again answers with what exists, whoever owns that if the definition names no owner; another one
   * fails with {@code collection_exists}.
   */
  Created create(WriteContext context, CollectionDefinition definition);

  /**
   * Changes what may change.
   *
   * @param owner on whose behalf; {@code collection_owned} when the collection has another owner
   */
  Changed alter(WriteContext context, Optional<String> owner, String name, Alteration alteration);

  /**
   * Drops a collection. Acknowledged once no partition takes a write of it any more.
   *
   * @param owner on whose behalf; {@code collection_owned} when the collection has another owner
   */
  Dropped drop(WriteContext context, Optional<String> owner, String name);

  /** Stores a key, given by its hash. Returns the stamp. */
  long putKey(WriteContext context, ApiKey key);

  /** Revokes a key; {@code not_found} when there is none with that id. Returns the stamp. */
  long revokeKey(WriteContext context, String keyId);

  /**
   * Marks a node as leaving the cluster, or takes the mark back. Returns the stamp.
   *
   * @param forced leave even though fewer replicas than wanted remain
   */
  long setNodeLeaving(WriteContext context, String node, boolean leaving, boolean forced);

  /**
   * Wants so many DATA partitions. Returns the stamp.
   *
   * @throws VecraftException {@code conflict} for fewer than there are to be, and where no control
   *     process is there to open them; {@code invalid_argument} for too many at a time
   */
  long wantDataPartitions(WriteContext context, int count);

  /**
   * Wants a partition of the journal with so many replicas in a pool of journal nodes; control
   * brings it there. Returns the stamp.
   *
   * @param pool its name
   * @param replicas 0 for as many as the journal has nodes, in the shared pool
   * @throws VecraftException {@code not_found} for a partition that is not open; {@code
   *     invalid_argument} for SYSTEM, a bad name, or a number of replicas that cannot be; {@code
   *     conflict} where no control process has begun
   */
  long wantPartitionIn(WriteContext context, int partition, String pool, int replicas);

  /**
   * Wants a shard in another DATA partition; control moves it. Returns the stamp.
   *
   * @throws VecraftException {@code not_found} for a number that none of its shards has; as {@link
   *     io.vecraft.journal.catalog.ShardHomes#require} for a partition that it cannot be in
   */
  long wantShardIn(WriteContext context, String name, int shard, int partition);

  /** The keys that are in force. */
  Collection<ApiKey> keys();

  /**
   * A collection that exists.
   *
   * @param state as the catalog has it
   * @param created whether this request (or the one that it retries) made it
   * @param stamp what the session's next token holds
   */
  record Created(CollectionState state, boolean created, long stamp) {}

  /**
   * A collection after a change.
   *
   * @param state as the catalog has it
   * @param stamp what the session's next token holds
   */
  record Changed(CollectionState state, long stamp) {}

  /**
   * A collection that is gone.
   *
   * @param collectionId the id that it had
   * @param stamp what the session's next token holds
   */
  record Dropped(long collectionId, long stamp) {}

  /**
   * A change of a collection; what is empty stays.
   *
   * @param schemaAdditions fields to declare, with their types
   * @param timeTravelWindowS seconds
   * @param efConstruction candidates while building the graph
   * @param replicas storage nodes that have each shard
   * @param pool of the storage nodes that may have them
   */
  record Alteration(
      Map<String, String> schemaAdditions,
      OptionalLong timeTravelWindowS,
      OptionalInt efConstruction,
      OptionalInt replicas,
      Optional<String> pool) {}
}
