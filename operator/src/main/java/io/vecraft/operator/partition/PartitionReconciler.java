package io.vecraft.operator.partition;

import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.JournalPartitionStatus;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import io.vecraft.operator.status.Events;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tells how a partition of the journal is: asks the gateways of its cluster, and reports. The
 * resources themselves are made with their cluster. Nobody tells of a new leader, so that it asks
 * again after a while.
 */
public final class PartitionReconciler implements Reconciler<JournalPartition> {
  private static final Duration AGAIN = Duration.ofSeconds(30);
  private static final Duration SOON = Duration.ofSeconds(5);

  private final Clock clock;

  public PartitionReconciler(Clock clock) {
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, JournalPartition>> prepareEventSources(
      EventSourceContext<JournalPartition> context) {
    return List.of(
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(VecraftCluster.class, JournalPartition.class)
                .withSecondaryToPrimaryMapper(cluster -> of(cluster, context))
                .withPrimaryToSecondaryMapper((JournalPartition partition) ->
                    Set.of(
                        new ResourceID(
                            partition.getSpec().cluster(), partition.getMetadata().getNamespace())))
                .build(),
            context));
  }

  private static Set<ResourceID> of(
      VecraftCluster cluster, EventSourceContext<JournalPartition> context) {
    return context
        .getPrimaryCache()
        .list(
            cluster.getMetadata().getNamespace(),
            p -> p.getSpec().cluster().equals(cluster.getMetadata().getName()))
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  @Override
  public UpdateControl<JournalPartition> reconcile(
      JournalPartition resource, Context<JournalPartition> context) {
    JournalPartitionStatus status = status(resource, context);
    new Events(context.getClient(), clock)
        .changed(
            resource,
            PartitionReport.READY,
            Optional.ofNullable(resource.getStatus())
                .map(JournalPartitionStatus::conditions)
                .orElse(List.of()),
            status.conditions());
    boolean ready =
        status.condition(PartitionReport.READY).filter(ConditionState::holds).isPresent();
    UpdateControl<JournalPartition> control =
        status.equals(resource.getStatus())
            ? UpdateControl.noUpdate()
            : UpdateControl.patchStatus(fresh(resource, status));
    return control.rescheduleAfter(ready ? AGAIN : SOON);
  }

  private JournalPartitionStatus status(
      JournalPartition resource, Context<JournalPartition> context) {
    Optional<Gateway> gateway =
        context
            .getSecondaryResource(VecraftCluster.class)
            .filter(c -> c.getMetadata().getDeletionTimestamp() == null)
            .flatMap(c -> Gateways.of(context.getClient(), c, owner(resource)));
    if (gateway.isEmpty()) {
      return PartitionReport.unreachable(
          resource, "VecraftCluster " + resource.getSpec().cluster() + " is not there yet", clock);
    }
    try {
      return PartitionReport.of(resource, gateway.get().partitions(), clock);
    } catch (GatewayException e) {
      return PartitionReport.unreachable(resource, String.valueOf(e.getMessage()), clock);
    }
  }

  private static String owner(JournalPartition resource) {
    return "kubernetes/%s/%s"
        .formatted(resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }

  /** Only what the operator owns of the resource: its status. */
  private static JournalPartition fresh(JournalPartition resource, JournalPartitionStatus status) {
    var fresh = new JournalPartition();
    fresh.getMetadata().setName(resource.getMetadata().getName());
    fresh.getMetadata().setNamespace(resource.getMetadata().getNamespace());
    fresh.setStatus(status);
    return fresh;
  }
}
