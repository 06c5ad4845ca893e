package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.query.ClusterAccess;
import io.vecraft.query.LocalQueryProcessor;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Finds the collections that writes name, and follows them when they change. */
final class CollectionRouter {
  /** The part of a request that makes the collection; chunks of deletes count from 1. */
  static final int MAKING = 0;

  private final ClusterAccess cluster;
  private final CollectionAdmin admin;
  private final ShardOpener opener;

  CollectionRouter(ClusterAccess cluster, CollectionAdmin admin, ShardOpener opener) {
    this.cluster = cluster;
    this.admin = admin;
    this.opener = opener;
  }

  /** The collection as it is known; asked for once when it is not. */
  CollectionState find(String name) {
    return cluster
        .catalogs()
        .current()
        .collection(name)
        .orElseGet(() -> cluster.catalogs().refresh().requireCollection(name));
  }

  /** As {@link #find}, but the default collection is made for its first record. */
  CollectionState findOrMake(WriteContext context, String name, List<? extends WriteItem> items) {
    try {
      return find(name);
    } catch (VecraftException e) {
      boolean makes =
          e.code() == ErrorCode.COLLECTION_NOT_FOUND
              && name.equals(LocalQueryProcessor.DEFAULT_COLLECTION);
      if (makes && items.getFirst() instanceof WriteItem.Upsert first) {
        return makeDefault(context, first.vector().length, items);
      }
      throw e;
    }
  }

  private CollectionState makeDefault(
      WriteContext context, int dimension, List<? extends WriteItem> items) {
    CollectionDefinition definition =
        DefinitionRules.complete(
            CollectionDefinition.newBuilder()
                .setName(LocalQueryProcessor.DEFAULT_COLLECTION)
                .setDimension(dimension)
                .build());
    // A request that is refused must not leave a collection behind.
    var validation = new WriteValidation(definition);
    for (int i = 0; i < items.size(); i++) {
      var unused = validation.checked(items.get(i), "vectors[" + i + "]");
    }
    try {
      return admin.create(context.part(MAKING), definition).state();
    } catch (VecraftException e) {
      if (e.code() != ErrorCode.COLLECTION_EXISTS) {
        throw e;
      }
      return cluster.catalogs().refresh().requireCollection(definition.getName());
    }
  }

  /**
   * After a partition has answered {@code moved}: the collection as it is now. When nothing is
   * newer than what was used, its partitions have not been told of it: then they are, but of shards
   * that are on their way, which only control opens.
   *
   * @param shards those that the answer was about
   */
  CollectionState again(
      WriteContext context, CollectionState used, Collection<Integer> shards, int attempt) {
    Appender.requireTime(context.deadline());
    CollectionState now =
        cluster.catalogs().refresh().requireCollection(used.getDefinition().getName());
    if (now.equals(used)) {
      List<Integer> closed = shards.stream().filter(s -> !MovedRetry.isMoving(now, s)).toList();
      if (!closed.isEmpty()) {
        open(context, now, closed);
      }
      MovedRetry.pause(attempt);
    }
    return now;
  }

  private void open(WriteContext context, CollectionState now, List<Integer> shards) {
    try {
      var unused = opener.open(context, now, shards);
    } catch (VecraftException e) {
      // Dropped, or on their way since: the catalog will say so.
      if (e.code() != ErrorCode.MOVED) {
        throw e;
      }
    }
  }

  /** The collection as it is now, if that is newer than what was used. */
  Optional<CollectionState> newer(CollectionState used) {
    return cluster
        .catalogs()
        .refresh()
        .collection(used.getDefinition().getName())
        .filter(now -> !now.equals(used));
  }
}
