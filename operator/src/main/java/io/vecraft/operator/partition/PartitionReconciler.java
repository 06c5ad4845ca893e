package io.vecraft.operator.partition;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.common.ConditionStatus;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.JournalPartitionStatus;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import io.vecraft.operator.partition.PartitionReport.Wish;
import io.vecraft.operator.status.Events;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tells how a partition of the journal is, and the journal where it is to be: asks the gateways of
 * its cluster ({@link RecentAnswers}), tells them what they have not heard yet, and reports. The
 * resources themselves are made with their cluster, and so are journal nodes that a partition has
 * of its own. Nobody tells of a new leader, so that it asks again after a while.
 */
public final class PartitionReconciler implements Reconciler<JournalPartition> {
  /** Also where gateways do not answer: asking more often makes none of them well. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  /** Where they answer, and a leader is missing, or it is not where it is to be. */
  private static final Duration SOON = Duration.ofSeconds(5);

  /** While the gateways are being asked. */
  private static final Duration ASKED = Duration.ofSeconds(1);

  private final Clock clock;
  private final RecentAnswers answers;

  /** For all partitions of all clusters. */
  public PartitionReconciler(Clock clock) {
    this.clock = clock;
    this.answers = new RecentAnswers(clock, Thread.ofVirtual().name("partitions")::start);
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
    return status(resource, context)
        .map(status -> report(resource, status, context.getClient()))
        .orElseGet(() -> UpdateControl.<JournalPartition>noUpdate().rescheduleAfter(ASKED));
  }

  private UpdateControl<JournalPartition> report(
      JournalPartition resource, JournalPartitionStatus status, KubernetesClient client) {
    new Events(client, clock)
        .changed(
            resource,
            PartitionReport.READY,
            Optional.ofNullable(resource.getStatus())
                .map(JournalPartitionStatus::conditions)
                .orElse(List.of()),
            status.conditions());
    UpdateControl<JournalPartition> control =
        status.equals(resource.getStatus())
            ? UpdateControl.noUpdate()
            : UpdateControl.patchStatus(fresh(resource, status));
    return control.rescheduleAfter(again(status));
  }

  private static Duration again(JournalPartitionStatus status) {
    boolean unwell =
        status.conditions().stream().anyMatch(c -> c.status() == ConditionStatus.FALSE);
    return unwell ? SOON : AGAIN;
  }

  /** Empty while the gateways are being asked. */
  private Optional<JournalPartitionStatus> status(
      JournalPartition resource, Context<JournalPartition> context) {
    Optional<VecraftCluster> cluster =
        context
            .getSecondaryResource(VecraftCluster.class)
            .filter(c -> c.getMetadata().getDeletionTimestamp() == null);
    if (cluster.isEmpty()) {
      return Optional.of(
          PartitionReport.unreachable(
              resource,
              "VecraftCluster " + resource.getSpec().cluster() + " is not there yet",
              clock));
    }
    return answers
        .of(
            cluster.get().getMetadata().getUid(),
            () -> partitions(context.getClient(), cluster.get()))
        .map(answer ->
            switch (answer) {
              case RecentAnswers.Told(var partitions) ->
                  PartitionReport.of(
                      resource,
                      partitions,
                      place(resource, partitions, context.getClient(), cluster.get()),
                      clock);
              case RecentAnswers.Failed(var why) ->
                  PartitionReport.unreachable(resource, why, clock);
            });
  }

  private static JsonNode partitions(KubernetesClient client, VecraftCluster cluster)
      throws GatewayException {
    return gateway(client, cluster).partitions();
  }

  private static Gateway gateway(KubernetesClient client, VecraftCluster cluster)
      throws GatewayException {
    String name = cluster.getMetadata().getName();
    return Gateways.of(
            client, cluster, "kubernetes/" + cluster.getMetadata().getNamespace() + "/" + name)
        .orElseThrow(() -> new GatewayException("VecraftCluster " + name + " has no gateways yet"));
  }

  /** Tells the gateways where it is to be, unless they know; why that was not possible. */
  private static Optional<String> place(
      JournalPartition resource,
      JsonNode partitions,
      KubernetesClient client,
      VecraftCluster cluster) {
    Wish wanted = Wish.of(resource);
    Optional<Wish> told = PartitionReport.told(resource, partitions);
    if (told.isEmpty() || told.get().equals(wanted) || cluster.getSpec().paused()) {
      return Optional.empty();
    }
    try {
      gateway(client, cluster)
          .place(resource.getSpec().partition(), wanted.pool(), wanted.replicas());
      return Optional.empty();
    } catch (GatewayException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
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
