package io.vecraft.storage.node;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the replicas of each shard: their checksums of the set of records at one stamp that all
 * have reached must be equal, as all have applied the same logs. One that differs from most is set
 * aside and made again from the journal; where there is no majority, all are, since nobody can say
 * which is right but the journal. Thread-safe; reads every record of a shard.
 */
public final class ReplicaComparison implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaComparison.class);
  private static final long CATCH_UP_MS = 10_000;

  private final List<StorageNode> nodes;
  private final Upkeep upkeep;

  /** What a node has of a shard at a stamp. */
  private record Sum(StorageNode node, long checksum) {}

  /**
   * @param nodes those whose replicas are compared
   * @param interval how often, when started
   */
  public ReplicaComparison(List<StorageNode> nodes, Duration interval) {
    this.nodes = nodes;
    this.upkeep = new Upkeep("comparison", List.of(new Upkeep.Task(interval, this::compare)));
  }

  /** Compares again and again, in the background. */
  public void start() {
    upkeep.start();
  }

  /** Compares all shards once; returns how many replicas were set aside. */
  public int compare() {
    var shards = new TreeSet<ShardId>(ShardOpener.ORDER);
    nodes.forEach(node -> node.readers().forEach(reader -> shards.add(reader.shard())));
    return shards.stream().mapToInt(this::compare).sum();
  }

  private int compare(ShardId shard) {
    List<Sum> sums;
    try {
      sums = sums(shard);
    } catch (VecraftException e) {
      LOG.debug("shard {} is not compared for now: {}", shard, e.toString());
      return 0;
    }
    Map<Long, Integer> votes = new HashMap<>();
    sums.forEach(sum -> votes.merge(sum.checksum(), 1, Integer::sum));
    if (votes.size() <= 1) {
      return 0;
    }
    Optional<Long> majority =
        votes.entrySet().stream()
            .filter(vote -> vote.getValue() * 2 > sums.size())
            .map(Map.Entry::getKey)
            .findFirst();
    int aside = 0;
    for (Sum sum : sums) {
      if (majority.isEmpty() || majority.get() != sum.checksum()) {
        sum.node()
            .diverged(
                shard,
                "its set of records has the checksum %016x, others have %s"
                    .formatted(sum.checksum(), others(votes, sum.checksum())));
        aside++;
      }
    }
    return aside;
  }

  private static List<String> others(Map<Long, Integer> votes, long checksum) {
    return votes.keySet().stream()
        .filter(other -> other != checksum)
        .map("%016x"::formatted)
        .toList();
  }

  /** Of all whole replicas, at a stamp that all of them have reached. */
  private List<Sum> sums(ShardId shard) {
    Map<StorageNode, ShardReader> whole = new HashMap<>();
    for (StorageNode node : nodes) {
      node.reader(shard)
          .filter(reader -> reader.stats().damage().isEmpty())
          .ifPresent(reader -> whole.put(node, reader));
    }
    if (whole.size() < 2) {
      return List.of();
    }
    long stamp = whole.values().stream().mapToLong(ShardReader::frontier).max().orElse(0);
    List<Sum> sums = new ArrayList<>();
    for (Map.Entry<StorageNode, ShardReader> each : whole.entrySet()) {
      each.getValue().awaitFrontier(stamp, Deadline.afterMillis(CATCH_UP_MS));
      sums.add(new Sum(each.getKey(), each.getValue().checksum(stamp)));
    }
    return sums;
  }

  @Override
  public void close() {
    upkeep.close();
  }
}
