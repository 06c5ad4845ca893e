package io.vecraft.storage.node;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Versions of records at a stamp, from the replica here or, where there is none or it is far
 * behind, from another node's: they all have the same. Thread-safe.
 */
final class VersionsAnywhere {
  private static final long TURN_MILLIS = 1_000;

  private final Function<ShardId, Optional<ShardReplica>> here;
  private final Supplier<List<? extends StorageNodeView>> others;

  VersionsAnywhere(
      Function<ShardId, Optional<ShardReplica>> here,
      Supplier<List<? extends StorageNodeView>> others) {
    this.here = here;
    this.others = others;
  }

  /**
   * The version of a record; empty when there was none. Waits for the replica's frontier: the
   * partitions must have been closed at the stamp.
   *
   * @throws VecraftException when no replica can tell in time
   */
  OptionalLong version(ShardId shard, String id, long asOf, Deadline deadline) {
    VecraftException last =
        new VecraftException(ErrorCode.UNAVAILABLE, "no replica of " + shard + " can be asked");
    List<Candidate> candidates = candidates(shard, asOf);
    for (Candidate candidate : candidates) {
      deadline.check("looking up a record of " + shard);
      Deadline turn = candidates.size() == 1 ? deadline : sooner(deadline);
      try {
        candidate.reader().awaitFrontier(asOf, turn);
        List<RecordView> found =
            candidate.reader().within(turn).get(List.of(id), asOf, Include.NOTHING);
        return found.isEmpty() ? OptionalLong.empty() : OptionalLong.of(found.getFirst().version());
      } catch (VecraftException e) {
        last = e;
      }
    }
    throw last;
  }

  /** A replica and how far it had come when it was looked at, at most the stamp. */
  private record Candidate(ShardReader reader, long reached) {}

  /** The furthest first, of several the one here. */
  private List<Candidate> candidates(ShardId shard, long asOf) {
    var found = new ArrayList<Candidate>();
    here.apply(shard).ifPresent(r -> found.add(new Candidate(r, Math.min(asOf, r.frontier()))));
    for (StorageNodeView node : others.get()) {
      node.reader(shard).ifPresent(r -> found.add(new Candidate(r, Math.min(asOf, r.frontier()))));
    }
    found.sort(Comparator.comparingLong(Candidate::reached).reversed());
    return found;
  }

  private static Deadline sooner(Deadline deadline) {
    long ends = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TURN_MILLIS);
    return ends - deadline.nanos() < 0 ? new Deadline(ends) : deadline;
  }
}
