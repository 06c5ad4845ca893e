package io.vecraft.standalone;

import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.storage.node.StorageNode;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;
import java.util.HashMap;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What the parts of the process count, as metrics; labels are partitions and storage nodes. */
final class ProcessMetrics {
  private ProcessMetrics() {}

  static void register(
      Metrics metrics, JournalServer journal, StampClock clock, List<StorageNode> nodes) {
    metrics.gauge(
        "vecraft_journal_in_flight_bytes",
        "Bytes of appends accepted and not yet answered",
        journal::inFlightBytes);
    partition(metrics, journal, "bytes", "Bytes on disk", PartitionStatus::getBytes);
    partition(metrics, journal, "segments", "Segment files", PartitionStatus::getSegments);
    partition(
        metrics, journal, "first_offset", "First offset held", PartitionStatus::getFirstOffset);
    partition(
        metrics, journal, "last_offset", "Last committed offset", PartitionStatus::getLastOffset);
    partition(
        metrics,
        journal,
        "damaged_records",
        "Places that are known to be damaged",
        PartitionStatus::getDamageCount);
    metrics.gauge("vecraft_clock_latest_stamp", "Largest stamp known to be adopted", clock::latest);
    node(metrics, nodes, "records", "Live records", ShardStats::records);
    node(metrics, nodes, "vectors_indexed", "Vectors in graphs", ShardStats::vectorsIndexed);
    node(
        metrics,
        nodes,
        "vectors_not_indexed",
        "Vectors that are scanned exactly until they are in the graph",
        ShardStats::vectorsNotIndexed);
    node(metrics, nodes, "off_heap_bytes", "Memory outside the heap", ShardStats::offHeapBytes);
  }

  /** The limits of the parts behind the gateway, beside those of the gateway. */
  static void limits(Metrics metrics, StandaloneConfig config) {
    var values = new HashMap<String, Double>();
    for (EngineLimit limit : EngineLimit.values()) {
      values.put(limit.flag(), (double) config.limit(limit));
    }
    values.put("journal-bytes-max", (double) config.journalBytesMax());
    metrics.gauge("vecraft_limit", "Limits of the parts behind the gateway", "limit", () -> values);
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

  private static void node(
      Metrics metrics,
      List<StorageNode> nodes,
      String name,
      String help,
      ToDoubleFunction<ShardStats> value) {
    metrics.gauge(
        "vecraft_storage_" + name,
        help,
        "node",
        () -> nodes.stream().collect(Collectors.toMap(StorageNode::name, n -> sum(n, value))));
  }

  private static Double sum(StorageNode node, ToDoubleFunction<ShardStats> value) {
    return node.readers().stream().map(ShardReader::stats).mapToDouble(value).sum();
  }
}
