package io.vecraft.journal.client;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.RehomeShard;
import io.vecraft.proto.journal.RememberRequests;
import io.vecraft.proto.journal.RememberedRequest;
import io.vecraft.proto.journal.SealShard;
import io.vecraft.proto.journal.SettleShard;
import io.vecraft.proto.journal.ShardPlacement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a shard to the DATA partition that SYSTEM wants it in ({@link ShardHomes}).
 *
 * <ol>
 *   <li>Most of what the old partition remembers of the shard's requests is told to the new one,
 *       while the shard takes writes: so the new one is known to take records.
 *   <li>The shard is sealed: from here on its writes wait. The rest of the requests is told.
 *   <li>SYSTEM rehomes the shard, above the seal.
 *   <li>The new partition opens it, above that, with the newest schema of the collection; gateways
 *       find it there. SYSTEM settles it.
 * </ol>
 *
 * <p>Each step may be done twice, and by two at a time: a seal or an opening of an earlier epoch is
 * refused, and SYSTEM listens to the newest control process only. So whoever takes over begins at
 * the first step that SYSTEM does not know of. Not safe for concurrent use.
 */
public final class ShardMove {
  private static final Logger LOG = LoggerFactory.getLogger(ShardMove.class);

  /** Rounds before the seal; what is written meanwhile is left for the next one. */
  private static final int ROUNDS_AHEAD = 3;

  /** Before a node of the journal that is behind is asked again. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final JournalApi journal;
  private final Supplier<Catalog> newest;
  private final Duration timeout;
  private final SingleAppends appends;

  /**
   * Moves shards.
   *
   * @param newest the catalog after every SYSTEM record that was committed before the call
   * @param principal who is told to have written the records
   * @param timeout for one record
   */
  public ShardMove(
      JournalApi journal, Supplier<Catalog> newest, String principal, Duration timeout) {
    this.journal = journal;
    this.newest = newest;
    this.timeout = timeout;
    this.appends = new SingleAppends(journal, principal, timeout);
  }

  /**
   * Carries a move through, from wherever it is.
   *
   * @param shard on its way
   * @param controlEpoch of the control process that does it
   * @throws VecraftException {@code moved} when another control process has taken over, {@code
   *     collection_not_found} when the collection has been dropped; others: look again, and repeat
   */
  public void carryThrough(CollectionState collection, ShardPlacement shard, long controlEpoch)
      throws InterruptedException {
    long waiting = System.nanoTime();
    ShardPlacement now = shard;
    if (now.getPartition() != now.getMovingTo()) {
      waiting = rehome(collection, now, controlEpoch);
      now = newest.get().requireShard(collection.getId(), shard.getShard());
    }
    open(collection.getId(), now);
    LOG.info(
        "shard {} of {} is in partition {} at epoch {}; its writes waited for {} ms",
        shard.getShard(),
        collection.getDefinition().getName(),
        now.getPartition(),
        now.getEpoch(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - waiting));
    settle(collection.getId(), now, controlEpoch);
  }

  /** Returns when the seal was sent. */
  private long rehome(CollectionState collection, ShardPlacement shard, long controlEpoch)
      throws InterruptedException {
    long id = collection.getId();
    long told = 0;
    for (int round = 0; round < ROUNDS_AHEAD; round++) {
      told = handOver(id, shard, told, 0);
    }
    long began = System.nanoTime();
    AppendResult sealed =
        appends.append(
            shard.getPartition(),
            operation(id, shard)
                .setSealShard(SealShard.newBuilder().setEpoch(shard.getEpoch()))
                .build(),
            0);
    var unused = handOver(id, shard, told, sealed.getOffset());
    long end =
        appends
            .await(
                journal.getOffset(
                    GetOffsetRequest.newBuilder().setPartition(shard.getMovingTo()).build()))
            .getOffset();
    appends.append(
        Partitions.SYSTEM,
        Operation.newBuilder()
            .setRehomeShard(
                RehomeShard.newBuilder()
                    .setCollectionId(id)
                    .setShard(shard.getShard())
                    .setEpoch(shard.getEpoch() + 1)
                    .setSealStamp(sealed.getStamp())
                    .setFromOffset(end + 1)
                    .setControlEpoch(controlEpoch))
            .build(),
        sealed.getStamp());
    return began;
  }

  /**
   * Tells the new partition what the old one remembers from an offset on: all that is there now,
   * and at least up to an offset. Returns where to go on.
   */
  private long handOver(long collection, ShardPlacement shard, long from, long atLeast)
      throws InterruptedException {
    long next = from;
    long goal = -1;
    long until = System.nanoTime() + timeout.toNanos();
    while (true) {
      FindRememberedResponse found =
          journal.findRemembered(
              FindRememberedRequest.newBuilder()
                  .setPartition(shard.getPartition())
                  .setCollectionId(collection)
                  .setShard(shard.getShard())
                  .setFromOffset(next)
                  .setUnknownTo(shard.getMovingTo())
                  .build());
      if (found.getRequestsCount() > 0) {
        tell(collection, shard, found.getRequestsList());
      }
      goal = goal < 0 ? Math.max(atLeast, found.getLastOffset()) : goal;
      boolean further = found.getNextOffset() > next;
      next = found.getNextOffset();
      if (next > goal) {
        return next;
      }
      if (further) {
        until = System.nanoTime() + timeout.toNanos();
      } else if (System.nanoTime() - until > 0) {
        throw new VecraftException(
            ErrorCode.UNAVAILABLE,
            "partition %d cannot be read up to offset %d".formatted(shard.getPartition(), goal));
      } else {
        Thread.sleep(PAUSE);
      }
    }
  }

  private void tell(long collection, ShardPlacement shard, List<RememberedRequest> requests)
      throws InterruptedException {
    appends.append(
        shard.getMovingTo(),
        operation(collection, shard)
            .setRememberRequests(RememberRequests.newBuilder().addAllRequests(requests))
            .build(),
        0);
  }

  private void open(long id, ShardPlacement shard) throws InterruptedException {
    // After the rehoming: a change of the schema that the old partition was told of is in it.
    CollectionState collection =
        newest
            .get()
            .collection(id)
            .orElseThrow(() ->
                new VecraftException(
                    ErrorCode.COLLECTION_NOT_FOUND, "collection " + id + " has been dropped"));
    appends.append(
        shard.getPartition(),
        operation(id, shard)
            .setOpenShard(
                OpenShard.newBuilder()
                    .setEpoch(shard.getEpoch())
                    .setSchemaStamp(collection.getSchemaStamp())
                    .setHandedOver(true))
            .build(),
        Math.max(shard.getSinceStamp(), collection.getSchemaStamp()));
  }

  private void settle(long id, ShardPlacement shard, long controlEpoch)
      throws InterruptedException {
    appends.append(
        Partitions.SYSTEM,
        Operation.newBuilder()
            .setSettleShard(
                SettleShard.newBuilder()
                    .setCollectionId(id)
                    .setShard(shard.getShard())
                    .setEpoch(shard.getEpoch())
                    .setControlEpoch(controlEpoch))
            .build(),
        0);
  }

  private static Operation.Builder operation(long collection, ShardPlacement shard) {
    return Operation.newBuilder().setCollectionId(collection).setShard(shard.getShard());
  }
}
