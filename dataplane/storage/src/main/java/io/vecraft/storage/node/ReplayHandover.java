package io.vecraft.storage.node;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a replica over from a replay of its own to the one that feeds the other shards of its
 * partition, so that a node replays each partition once.
 *
 * <p>Both stand still meanwhile, and the replica's own is as far as the other or further: what the
 * other applies again is below what the state has applied, and is passed over there.
 */
final class ReplayHandover {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayHandover.class);

  /** How far the replica may be behind when the other replay is stopped for it. */
  private static final long BEHIND_MILLIS = 1_000;

  private static final long STILL_MILLIS = 500;

  private ReplayHandover() {}

  /** Whether the replica went over; nothing has happened when it is too far behind. */
  static boolean handOver(ShardReplica replica, PartitionTarget from, PartitionTarget to) {
    long behind = Stamp.millis(to.replay().frontier()) - Stamp.millis(from.replay().frontier());
    if (behind > BEHIND_MILLIS) {
      return false;
    }
    try {
      return to.replay()
          .whileStill(there -> {
            from.replay().awaitFrontier(there.frontier(), Deadline.afterMillis(STILL_MILLIS));
            return from.replay()
                .whileStill(here -> {
                  if (!from.feeds(replica) || here.frontier() < there.frontier()) {
                    return false;
                  }
                  from.release(replica);
                  replica.moveTo(to.replay(), here.frontier());
                  to.feed(replica);
                  return true;
                });
          });
    } catch (VecraftException e) {
      LOG.debug("shard {} keeps its own replay for now: {}", replica.shard(), e.reason());
      return false;
    }
  }
}
