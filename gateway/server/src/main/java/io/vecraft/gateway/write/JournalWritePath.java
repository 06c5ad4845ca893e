package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.query.ClusterAccess;
import java.util.ArrayList;
import java.util.List;

/** The write path over a journal: see {@link BatchWriter} and {@link TransactionWriter}. */
public final class JournalWritePath implements WritePath {
  private final CollectionRouter router;
  private final BatchWriter batches;
  private final TransactionWriter transactions;
  private final FilterDeleter filterDeletes;
  private final RequestIdGuard guard;

  /**
   * A write path.
   *
   * @param versionsMax versions that a record may have in its time-travel window, at least 1
   */
  public JournalWritePath(
      ClusterAccess cluster, CollectionAdmin admin, RequestIdGuard guard, int versionsMax) {
    this.guard = guard;
    var versions = new VersionLimit(cluster, versionsMax);
    var appender = new Appender(cluster.journal());
    this.router = new CollectionRouter(cluster, admin, new ShardOpener(appender));
    this.batches = new BatchWriter(cluster, appender, router, versions);
    this.transactions = new TransactionWriter(cluster, appender, router, versions);
    this.filterDeletes = new FilterDeleter(cluster, appender, router);
  }

  @Override
  public WriteAnswer upsert(
      WriteContext context, String collection, List<WriteItem.Upsert> items, Ack ack) {
    requireSome(items.size(), "vectors");
    WriteValidation.checkIds(items, "vectors");
    var digest = RequestDigest.ofItems("upsert", collection, items);
    List<WriteItem.Upsert> named = named(context, items);
    var request = new BatchWriter.Request(context, named, "vectors", digest, ack);
    return guard.guarded(
        context,
        digest,
        () -> batches.write(request, router.findOrMake(context, collection, named)));
  }

  /** The items with ids for those that came without. */
  private static List<WriteItem.Upsert> named(WriteContext context, List<WriteItem.Upsert> items) {
    var named = new ArrayList<WriteItem.Upsert>(items.size());
    for (int i = 0; i < items.size(); i++) {
      WriteItem.Upsert item = items.get(i);
      named.add(
          item.id().isEmpty()
              ? new WriteItem.Upsert(
                  RecordIds.make(context, i),
                  item.vector(),
                  item.metadata(),
                  item.text(),
                  item.condition())
              : item);
    }
    return named;
  }

  @Override
  public WriteAnswer patch(WriteContext context, String collection, WriteItem.Patch item, Ack ack) {
    List<WriteItem.Patch> items = List.of(item);
    WriteValidation.checkIds(items, "vectors");
    var digest = RequestDigest.ofItems("patch", collection, items);
    var request = new BatchWriter.Request(context, items, "vectors", digest, ack);
    return guard.guarded(context, digest, () -> batches.write(request, router.find(collection)));
  }

  @Override
  public WriteAnswer delete(
      WriteContext context, String collection, List<WriteItem.Delete> items, Ack ack) {
    requireSome(items.size(), "ids");
    WriteValidation.checkIds(items, "ids");
    var digest = RequestDigest.ofItems("delete", collection, items);
    var request = new BatchWriter.Request(context, items, "ids", digest, ack);
    return guard.guarded(context, digest, () -> batches.write(request, router.find(collection)));
  }

  @Override
  public DeleteByFilterAnswer deleteByFilter(
      WriteContext context, String collection, Filter filter, Ack ack) {
    return guard.guarded(
        context,
        FilterDeleter.digest(collection, filter),
        () -> filterDeletes.delete(context, collection, filter, ack));
  }

  @Override
  public WriteAnswer transaction(
      WriteContext context, List<TransactionOperation> operations, Ack ack) {
    requireSome(operations.size(), "operations");
    return guard.guarded(
        context,
        RequestDigest.ofTransaction(operations),
        () -> transactions.write(context, operations, ack));
  }

  private static void requireSome(int items, String list) {
    if (items == 0) {
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, list + " must not be empty", list);
    }
  }
}
