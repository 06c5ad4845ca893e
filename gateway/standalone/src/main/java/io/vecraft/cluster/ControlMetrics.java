package io.vecraft.cluster;

import io.vecraft.control.Control;
import io.vecraft.control.Observation;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.proto.journal.ReplicaStage;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What a control process counts. */
final class ControlMetrics {
  private ControlMetrics() {}

  static void register(Metrics metrics, Control control) {
    metrics.gauge(
        "vecraft_control_leads", "Whether this process controls", () -> control.leads() ? 1 : 0);
    metrics.counter(
        "vecraft_control_changes_total", "Changes of the map of replicas", control::changes);
    metrics.counter(
        "vecraft_control_shards_moved_total",
        "Shards brought to another partition of the journal",
        control::shardsMoved);
    metrics.counter("vecraft_control_failures_total", "Passes that failed", control::failures);
    metrics.gauge(
        "vecraft_control_replicas",
        "Replicas in the map, by stage",
        "stage",
        () -> control.observed().map(ControlMetrics::stages).orElse(Map.of()));
    metrics.gauge(
        "vecraft_control_storage_nodes",
        "Storage nodes, by whether they are there",
        "presence",
        () -> control.observed().map(ControlMetrics::presences).orElse(Map.of()));
    metrics.gauge(
        "vecraft_control_clock_offset_seconds",
        "How far a process's machine clock is ahead of the one here, by its registration",
        "node",
        control::clockOffsetsSeconds);
  }

  private static Map<String, Double> stages(Observation observed) {
    Map<String, Double> stages = new TreeMap<>();
    for (ReplicaStage stage :
        new ReplicaStage[] {ReplicaStage.JOINING, ReplicaStage.SERVING, ReplicaStage.LEAVING}) {
      stages.put(stage.name().toLowerCase(Locale.ROOT), 0.0);
    }
    observed
        .catalog()
        .collections()
        .forEach(c ->
            c.getPlacementsList()
                .forEach(p ->
                    p.getReplicasList()
                        .forEach(r ->
                            stages.merge(
                                r.getStage().name().toLowerCase(Locale.ROOT), 1.0, Double::sum))));
    return stages;
  }

  private static Map<String, Double> presences(Observation observed) {
    Map<String, Double> presences = new TreeMap<>(Map.of("here", 0.0, "away", 0.0, "gone", 0.0));
    observed
        .nodes()
        .forEach(
            n -> presences.merge(n.presence().name().toLowerCase(Locale.ROOT), 1.0, Double::sum));
    return presences;
  }
}
