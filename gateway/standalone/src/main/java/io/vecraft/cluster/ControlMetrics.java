package io.vecraft.cluster;

import io.vecraft.control.Control;
import io.vecraft.gateway.metrics.Metrics;

/** What a control process counts. */
final class ControlMetrics {
  private ControlMetrics() {}

  static void register(Metrics metrics, Control control) {
    metrics.gauge(
        "vecraft_control_leads", "Whether this process controls", () -> control.leads() ? 1 : 0);
    metrics.counter(
        "vecraft_control_changes_total",
        "Changes of the map of replicas",
        () -> control.figures().changes());
    metrics.counter(
        "vecraft_control_shards_moved_total",
        "Shards brought to another partition of the journal",
        () -> control.figures().shardsMoved());
    metrics.counter(
        "vecraft_control_failures_total", "Passes that failed", () -> control.figures().failures());
    metrics.gauge(
        "vecraft_control_replicas",
        "Replicas in the map, by stage",
        "stage",
        () -> control.figures().replicas());
    metrics.gauge(
        "vecraft_control_storage_nodes",
        "Storage nodes, by whether they are there",
        "presence",
        () -> control.figures().storageNodes());
    metrics.gauge(
        "vecraft_control_clock_offset_seconds",
        "How far a process's machine clock is ahead of the one here, by its registration",
        "node",
        () -> control.figures().clockOffsetsSeconds());
  }
}
