package io.vecraft.cluster;

import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.storage.node.StorageNode;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What the processes of a cluster count. */
final class NodeMetrics {
  private NodeMetrics() {}

  static void journal(Metrics metrics, JournalServer journal, QuorumClock clock) {
    metrics.gauge(
        "vecraft_journal_in_flight_bytes",
        "Bytes of appends accepted and not yet answered",
        journal::inFlightBytes);
    metrics.gauge(
        "vecraft_clock_spread_seconds",
        "How far the machine clocks were apart in the newest round of this process",
        () -> clock.spreadMillis() / 1e3);
    partition(metrics, journal, "bytes", "Bytes on disk", PartitionStatus::getBytes);
    partition(
        metrics, journal, "last_offset", "Last committed offset", PartitionStatus::getLastOffset);
    partition(
        metrics,
        journal,
        "damaged_records",
        "Places that are known to be damaged",
        PartitionStatus::getDamageCount);
    partition(
        metrics,
        journal,
        "led",
        "1 when this node knows a leader of the partition, which takes writes then",
        p -> p.getLeader().isEmpty() ? 0 : 1);
  }

  private static void partition(
      Metrics metrics,
      JournalServer journal,
      String name,
      String help,
      ToDoubleFunction<PartitionStatus> value) {
    metrics.gauge(
        "vecraft_journal_partition_" + name,
        help,
        "partition",
        () ->
            journal.status().getPartitionsList().stream()
                .collect(
                    Collectors.toMap(
                        p -> Integer.toString(p.getPartition()), value::applyAsDouble)));
  }

  static void storage(Metrics metrics, StorageNode node) {
    sum(metrics, node, "records", "Live records", ShardStats::records);
    sum(metrics, node, "vectors_indexed", "Vectors in graphs", ShardStats::vectorsIndexed);
    sum(
        metrics,
        node,
        "vectors_not_indexed",
        "Vectors that are scanned exactly until they are in the graph",
        ShardStats::vectorsNotIndexed);
    sum(metrics, node, "off_heap_bytes", "Memory outside the heap", ShardStats::offHeapBytes);
    metrics.gauge(
        "vecraft_storage_replay_lag_seconds",
        "How far the frontier of the slowest replica is behind the newest stamp that it knows of",
        () -> node.readers().stream().mapToDouble(NodeMetrics::lagSeconds).max().orElse(0));
  }

  private static double lagSeconds(ShardReader reader) {
    long behind = Stamp.millis(reader.knownStamp()) - Stamp.millis(reader.frontier());
    return Math.max(0, behind) / 1e3;
  }

  private static void sum(
      Metrics metrics,
      StorageNode node,
      String name,
      String help,
      ToDoubleFunction<ShardStats> value) {
    metrics.gauge(
        "vecraft_storage_" + name,
        help,
        () -> node.readers().stream().map(ShardReader::stats).mapToDouble(value).sum());
  }
}
