package io.vecraft.gateway.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The metrics of one process. Names are {@code vecraft_<part>_<what>_<unit>}; label values are
 * bounded by their callers. The only class that knows the Prometheus library. Safe for concurrent
 * use.
 */
public final class Metrics {
  private final CollectorRegistry registry = new CollectorRegistry(true);

  /** Metrics with those of the Java runtime already in them. */
  public Metrics() {
    DefaultExports.register(registry);
  }

  /** A counter that callers raise. */
  public Counter counter(String name, String help, String... labels) {
    var inner =
        io.prometheus.client.Counter.build(name, help).labelNames(labels).register(registry);
    return values -> {
      var child = inner.labels(values);
      return child::inc;
    };
  }

  /** A histogram of seconds; buckets from 50 microseconds to half a minute. */
  public Timer timer(String name, String help, String... labels) {
    var inner =
        io.prometheus.client.Histogram.build(name, help)
            .labelNames(labels)
            .buckets(
                .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1,
                2.5, 5, 10, 30)
            .register(registry);
    return values -> {
      var child = inner.labels(values);
      return nanos -> child.observe(nanos / 1e9);
    };
  }

  /** A gauge that is read when it is asked for. */
  public void gauge(String name, String help, DoubleSupplier value) {
    register(() -> List.of(new GaugeMetricFamily(name, help, value.getAsDouble())));
  }

  /** A gauge with one label; the map is label value to value. */
  public void gauge(String name, String help, String label, Supplier<Map<String, Double>> values) {
    register(() -> {
      var family = new GaugeMetricFamily(name, help, List.of(label));
      values.get().forEach((key, value) -> family.addMetric(List.of(key), value));
      return List.of(family);
    });
  }

  /** A counter that somebody else keeps and that is read when it is asked for. */
  public void counter(String name, String help, DoubleSupplier value) {
    register(() -> List.of(new CounterMetricFamily(name, help, value.getAsDouble())));
  }

  private void register(Supplier<List<Collector.MetricFamilySamples>> samples) {
    new Collector() {
      @Override
      public List<MetricFamilySamples> collect() {
        return samples.get();
      }
    }.register(registry);
  }

  /** The content type for the {@code Accept} header of a scrape. */
  public static String contentType(String accept) {
    return TextFormat.chooseContentType(accept);
  }

  /** All metrics as text of that content type. */
  public String text(String contentType) {
    var out = new StringWriter(16_384);
    try {
      TextFormat.writeFormat(contentType, out, registry.metricFamilySamples());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  /** A counter, by label values. */
  @FunctionalInterface
  public interface Counter {
    /** What raises the counter of these label values; may be kept. */
    Runnable labels(String... values);
  }

  /** A histogram of times, by label values. */
  @FunctionalInterface
  public interface Timer {
    /** What takes the times of these label values; may be kept. */
    Observer labels(String... values);
  }

  /** Takes times. */
  @FunctionalInterface
  public interface Observer {
    void observe(long nanos);
  }
}
