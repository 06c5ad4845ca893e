package io.vecraft.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.prometheus.client.CollectorRegistry;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.cluster.ClusterReconciler;
import io.vecraft.operator.collection.CollectionReconciler;
import io.vecraft.operator.control.HostedControls;
import io.vecraft.operator.control.HostedMetrics;
import io.vecraft.operator.ops.OpsServer;
import io.vecraft.operator.ops.ReconcileMetrics;
import io.vecraft.operator.partition.PartitionReconciler;
import java.time.Clock;
import java.time.Duration;

/**
 * The controllers of all resources. What fails is tried again for ever, a minute apart at most, and
 * every resource is looked at every two minutes whether or not anybody has told of a change.
 */
public final class VecraftOperator implements AutoCloseable {
  private static final Duration ANYWAY = Duration.ofMinutes(2);
  private static final long RETRY_FIRST_MS = 1_000;
  private static final long RETRY_MAX_MS = 60_000;
  private static final double RETRY_FACTOR = 1.5;
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final int THREADS = 8;

  private final Operator operator;
  private final HostedControls controls;
  private final OpsServer ops;

  private VecraftOperator(Operator operator, HostedControls controls, OpsServer ops) {
    this.operator = operator;
    this.controls = controls;
    this.ops = ops;
  }

  /** Starts it; with a lease, it works from when it holds that. */
  public static VecraftOperator start(KubernetesClient client, OperatorSettings settings) {
    var metrics = new CollectorRegistry(true);
    var reconciles = new ReconcileMetrics(metrics);
    var operator =
        new Operator(
            configuration -> configure(configuration.withMetrics(reconciles), client, settings));
    Clock clock = Clock.systemUTC();
    var controls = HostedControls.in(settings.name());
    new HostedMetrics(controls).register(metrics);
    operator.register(
        new ClusterReconciler(settings.domain(), clock, controls, settings.pods()),
        c -> configure(c, "vecraftcluster", settings));
    operator.register(
        new CollectionReconciler(clock), c -> configure(c, "vecraft-collection", settings));
    operator.register(
        new PartitionReconciler(clock), c -> configure(c, "vecraft-journal-partition", settings));
    OpsServer ops = OpsServer.start(settings.healthPort(), metrics);
    operator.start();
    ops.ready(true);
    return new VecraftOperator(operator, controls, ops);
  }

  private static void configure(
      ConfigurationServiceOverrider configuration,
      KubernetesClient client,
      OperatorSettings settings) {
    configuration
        .withKubernetesClient(client)
        .withCloseClientOnStop(false)
        .withConcurrentReconciliationThreads(THREADS)
        .withReconciliationTerminationTimeout(STOP);
    settings
        .leaderNamespace()
        .ifPresent(namespace ->
            configuration.withLeaderElectionConfiguration(
                new LeaderElectionConfiguration(Labels.OPERATOR, namespace)));
  }

  private static <R extends HasMetadata> void configure(
      ControllerConfigurationOverrider<R> controller, String name, OperatorSettings settings) {
    controller
        .withName(name)
        .withFieldManager(Labels.OPERATOR)
        .withReconciliationMaxInterval(ANYWAY)
        .withRetry(
            new GenericRetry()
                .setInitialInterval(RETRY_FIRST_MS)
                .setIntervalMultiplier(RETRY_FACTOR)
                .setMaxInterval(RETRY_MAX_MS)
                .withoutMaxAttempts());
    if (settings.namespaces().isEmpty()) {
      controller.watchingAllNamespaces();
    } else {
      controller.settingNamespaces(settings.namespaces());
    }
  }

  /** The port of health. */
  public int healthPort() {
    return ops.port();
  }

  @Override
  public void close() {
    ops.ready(false);
    operator.stop();
    // After the last pass, which could have begun another.
    controls.close();
    ops.close();
  }
}
