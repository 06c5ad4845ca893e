package io.vecraft.query;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Checksums of a collection's replicas at one stamp.
 *
 * @param shards by shard number
 * @param consistency the stamp, and how fresh it is
 */
public record ChecksumAnswer(List<Shard> shards, ConsistencyInfo consistency) {
  public ChecksumAnswer {
    shards = List.copyOf(shards);
  }

  /** The replicas of one shard. */
  public record Shard(int shard, List<Replica> replicas) {
    public Shard {
      replicas = List.copyOf(replicas);
    }

    /** Whether every replica has a checksum and all are the same. */
    public boolean agree() {
      var seen = new HashSet<Optional<Long>>();
      replicas.forEach(r -> seen.add(r.checksum()));
      return seen.size() == 1 && !seen.contains(Optional.<Long>empty());
    }
  }

  /**
   * One replica.
   *
   * @param node name of its storage node
   * @param checksum of ids, versions, metadata and vectors; empty when it cannot be read
   * @param problem why it cannot be read; empty when it can
   */
  public record Replica(String node, Optional<Long> checksum, String problem) {}
}
