package io.vecraft.operator.control;

import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import io.vecraft.control.ControlFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What the control of clusters in this process counts: the same metrics that Pods of control have,
 * with the labels that Prometheus gives those by their cluster.
 */
public final class HostedMetrics extends Collector {
  private static final List<String> CLUSTER = List.of("namespace", "app_kubernetes_io_instance");

  private final HostedControls controls;

  /** Metrics that ask for the figures when they are collected. */
  public HostedMetrics(HostedControls controls) {
    this.controls = controls;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Map<HostedCluster, ControlFigures> all = controls.figures();
    return List.of(
        gauge(all, "leads", "Whether this process controls", f -> f.leads() ? 1 : 0),
        counter(all, "changes", "Changes of the map of replicas", ControlFigures::changes),
        counter(
            all,
            "shards_moved",
            "Shards brought to another partition of the journal",
            ControlFigures::shardsMoved),
        counter(all, "failures", "Passes that failed", ControlFigures::failures),
        gauges(all, "replicas", "Replicas in the map, by stage", "stage", ControlFigures::replicas),
        gauges(
            all,
            "storage_nodes",
            "Storage nodes, by whether they are there",
            "presence",
            ControlFigures::storageNodes),
        gauges(
            all,
            "clock_offset_seconds",
            "How far a process's machine clock is ahead of the one here, by its registration",
            "node",
            ControlFigures::clockOffsetsSeconds));
  }

  private static MetricFamilySamples gauge(
      Map<HostedCluster, ControlFigures> all,
      String name,
      String help,
      ToDoubleFunction<ControlFigures> value) {
    var family = new GaugeMetricFamily("vecraft_control_" + name, help, CLUSTER);
    all.forEach((cluster, f) -> family.addMetric(labels(cluster), value.applyAsDouble(f)));
    return family;
  }

  private static MetricFamilySamples counter(
      Map<HostedCluster, ControlFigures> all,
      String name,
      String help,
      ToDoubleFunction<ControlFigures> value) {
    var family = new CounterMetricFamily("vecraft_control_" + name, help, CLUSTER);
    all.forEach((cluster, f) -> family.addMetric(labels(cluster), value.applyAsDouble(f)));
    return family;
  }

  private static MetricFamilySamples gauges(
      Map<HostedCluster, ControlFigures> all,
      String name,
      String help,
      String label,
      Function<ControlFigures, Map<String, Double>> values) {
    var family = new GaugeMetricFamily("vecraft_control_" + name, help, with(CLUSTER, label));
    all.forEach((cluster, f) ->
        values.apply(f).forEach((of, value) -> family.addMetric(with(labels(cluster), of), value)));
    return family;
  }

  private static List<String> labels(HostedCluster cluster) {
    return List.of(cluster.namespace(), cluster.name());
  }

  private static List<String> with(List<String> first, String last) {
    var all = new ArrayList<String>(first);
    all.add(last);
    return all;
  }
}
