package io.vecraft.operator.ops;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;

/** Counts what the controllers do. Safe for concurrent use. */
public final class ReconcileMetrics implements Metrics {
  private final Histogram seconds;
  private final Counter failures;

  /** Metrics in a registry. */
  public ReconcileMetrics(CollectorRegistry registry) {
    seconds =
        Histogram.build(
                "vecraft_operator_reconcile_seconds",
                "Times of passes over a resource, by controller")
            .labelNames("controller")
            .buckets(.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30)
            .register(registry);
    failures =
        Counter.build(
                "vecraft_operator_reconcile_failures_total",
                "Passes over a resource that failed and are made again, by controller")
            .labelNames("controller")
            .register(registry);
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    String controller = execution.controllerName();
    try (Histogram.Timer unused = seconds.labels(controller).startTimer()) {
      return execution.execute();
    } catch (Exception e) {
      failures.labels(controller).inc();
      throw e;
    }
  }
}
