package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.auth.Action;
import io.vecraft.gateway.auth.ApiKeys;
import io.vecraft.gateway.embedding.EmbeddingProviders;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.CollectionAdmin;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.query.CollectionDescription;
import io.vecraft.query.QueryProcessor;
import io.vecraft.storage.read.StorageNodeView;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Collections and keys, for REST and gRPC alike. Calls block. Safe for concurrent use. */
public final class Collections {
  private final CollectionAdmin admin;
  private final QueryProcessor query;
  private final EmbeddingProviders embeddings;
  private final Supplier<Catalog> catalog;
  private final Supplier<? extends List<? extends StorageNodeView>> storage;
  private final Checks checks;
  private final SecureRandom random = new SecureRandom();
  private final Clock wall = Clock.systemUTC();

  public Collections(
      CollectionAdmin admin,
      QueryProcessor query,
      EmbeddingProviders embeddings,
      Supplier<Catalog> catalog,
      Supplier<? extends List<? extends StorageNodeView>> storage,
      Checks checks) {
    this.admin = admin;
    this.query = query;
    this.embeddings = embeddings;
    this.catalog = catalog;
    this.storage = storage;
    this.checks = checks;
  }

  /**
   * A collection after it was made or changed.
   *
   * @param description with the state of its shards where it is known yet
   * @param created whether the call made it
   * @param stamp what the session's next token holds
   */
  public record Changed(CollectionDescription description, boolean created, long stamp) {}

  public Changed create(Call call, String name, CollectionWish wish) {
    call.principal().require(Action.ADMIN, name);
    Catalog known = catalog.get();
    if (known.collection(name).isEmpty()) {
      checks.limits().check(Limit.COLLECTIONS, known.collections().size() + 1L, "");
    }
    requirePool(known, name, wish);
    CollectionDefinition definition =
        wish.definition(name, embeddings).toBuilder().setOwner(call.owner().orElse("")).build();
    CollectionAdmin.Created done = admin.create(call.writeContext(), definition);
    return new Changed(describe(done.state()), done.created(), done.stamp());
  }

  public Changed alter(Call call, String name, CollectionWish wish) {
    call.principal().require(Action.ADMIN, name);
    requirePool(catalog.get(), name, wish);
    CollectionAdmin.Changed done =
        admin.alter(call.writeContext(), call.owner(), name, wish.alteration());
    return new Changed(describe(done.state()), false, done.stamp());
  }

  /** A pool that a collection is to be in has a node, unless the collection is in it already. */
  private void requirePool(Catalog known, String name, CollectionWish wish) {
    Optional<String> before = known.collection(name).map(c -> NodePool.of(c.getDefinition()));
    wish.pool()
        .filter(pool -> !pool.equals(NodePool.SHARED) && !before.equals(Optional.of(pool)))
        .filter(pool -> storage.get().stream().noneMatch(node -> node.pool().equals(pool)))
        .ifPresent(pool -> {
          throw new VecraftException(
              ErrorCode.CONFLICT, "no storage node is in the pool " + pool, "pool");
        });
  }

  /** Returns what the session's next token holds. */
  public long drop(Call call, String name) {
    call.principal().require(Action.ADMIN, name);
    return admin.drop(call.writeContext(), call.owner(), name).stamp();
  }

  /**
   * Where a shard is.
   *
   * @param stamp what the session's next token holds
   */
  public record Moving(ShardPlacement shard, long stamp) {}

  /**
   * Wants a shard in another DATA partition, where control moves it.
   *
   * @throws VecraftException as {@link CollectionAdmin#wantShardIn}
   */
  public Moving move(Call call, String name, int shard, int partition) {
    call.principal().require(Action.ADMIN);
    long stamp = admin.wantShardIn(call.writeContext(), name, shard, partition);
    Catalog now = catalog.get();
    return new Moving(now.requireShard(now.requireCollection(name).getId(), shard), stamp);
  }

  /** The definition that was acknowledged, with what is known of the shards already. */
  private CollectionDescription describe(CollectionState state) {
    try {
      CollectionDescription known = query.describe(state.getDefinition().getName());
      return new CollectionDescription(state, known.records(), known.shards());
    } catch (VecraftException e) {
      // The shards open their replicas after the collection is acknowledged.
      return new CollectionDescription(state, 0, List.of());
    }
  }

  /**
   * A key that was made.
   *
   * @param stamp from which on it is accepted, and what the session's next token holds
   */
  public record MadeKey(ApiKeys.NewKey key, long stamp) {}

  /** Makes a key; its text is told this once. */
  public MadeKey createKey(Call call, String name, List<String> grants) {
    call.principal().require(Action.ADMIN);
    ApiKeys.NewKey key = ApiKeys.make(name, grants, wall.millis(), random);
    return new MadeKey(key, admin.putKey(call.writeContext(), key.key()));
  }

  public Collection<ApiKey> keys(Call call) {
    call.principal().require(Action.ADMIN);
    return admin.keys();
  }

  /** Returns the stamp from which on the key is refused. */
  public long revokeKey(Call call, String id) {
    call.principal().require(Action.ADMIN);
    return admin.revokeKey(call.writeContext(), id);
  }
}
