package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.proto.journal.CollectionState;
import java.time.Duration;
import java.util.Collection;

/**
 * How often something is tried again that a partition has answered {@code moved} to: a few times,
 * and while one of the shards is on its way to another partition for as long as the caller has.
 */
final class MovedRetry {
  /** For shards that stay where they are. */
  static final int ATTEMPTS = 8;

  private static final Duration PAUSE = Duration.ofMillis(5);
  private static final int LONGEST_PAUSES = 10;

  private MovedRetry() {}

  /** Whether the attempt, counted from 1, was the last. */
  static boolean ends(int attempt, CollectionState collection, Collection<Integer> shards) {
    return attempt >= ATTEMPTS && shards.stream().noneMatch(s -> isMoving(collection, s));
  }

  static boolean isMoving(CollectionState collection, int shard) {
    return ShardHomes.isMoving(collection.getPlacements(shard));
  }

  /** Waits a moment before the next attempt, longer after more of them. */
  static void pause(int attempt) {
    try {
      Thread.sleep(PAUSE.multipliedBy(Math.min(attempt, LONGEST_PAUSES)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted before the write was sent");
    }
  }
}
