package io.vecraft.operator.collection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.collection.Collection;
import io.vecraft.crd.collection.CollectionStatus;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.common.DeletionPolicy;
import io.vecraft.operator.engine.CaughtUp;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import io.vecraft.operator.status.Events;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a collection be what its resource says, through the gateways of its cluster: ask for it,
 * plan ({@link CollectionPlan}), make or change it, report.
 *
 * <p>When the resource is deleted and its policy says so, the collection is dropped first. A
 * cluster that is gone has no collections; one that does not answer keeps the resource for ten
 * minutes, no longer.
 */
public final class CollectionReconciler implements Reconciler<Collection>, Cleaner<Collection> {
  private static final Logger LOG = LoggerFactory.getLogger(CollectionReconciler.class);
  private static final Duration SOON = Duration.ofSeconds(5);

  /** How long a resource waits for a cluster that does not answer. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Clock clock;

  public CollectionReconciler(Clock clock) {
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, Collection>> prepareEventSources(
      EventSourceContext<Collection> context) {
    return List.of(
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(VecraftCluster.class, Collection.class)
                .withSecondaryToPrimaryMapper(cluster -> of(cluster, context))
                .withPrimaryToSecondaryMapper((Collection collection) ->
                    Set.of(
                        new ResourceID(
                            collection.getSpec().cluster(),
                            collection.getMetadata().getNamespace())))
                .build(),
            context));
  }

  private static Set<ResourceID> of(
      VecraftCluster cluster, EventSourceContext<Collection> context) {
    return context
        .getPrimaryCache()
        .list(
            cluster.getMetadata().getNamespace(),
            c -> c.getSpec().cluster().equals(cluster.getMetadata().getName()))
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  @Override
  public UpdateControl<Collection> reconcile(Collection resource, Context<Collection> context) {
    var report = new CollectionReport(resource, clock);
    try {
      Optional<VecraftCluster> cluster = cluster(context);
      Optional<Gateway> gateway = gateway(resource, cluster, context);
      Optional<String> lacking =
          cluster.flatMap(
              c -> EmbeddingPlan.lacking(resource.getSpec().texts(), c.getSpec().gateway()));
      if (gateway.isEmpty()) {
        report.unreachable("VecraftCluster " + resource.getSpec().cluster() + " is not there yet");
      } else if (lacking.isPresent()) {
        report.waiting(lacking.get());
      } else {
        reconcile(resource, gateway.get(), report);
      }
    } catch (GatewayException e) {
      LOG.info("collection {}: {}", resource.collectionName(), e.getMessage());
      if (e.isTransient()) {
        report.unreachable(String.valueOf(e.getMessage()));
      } else if (e.field().equals("pool") && resource.ownStorage().isPresent()) {
        report.waiting("its storage nodes are not there yet: " + e.getMessage());
      } else {
        report.refused("Refused", String.valueOf(e.getMessage()));
      }
    }
    CollectionStatus status = report.status();
    new Events(context.getClient(), clock)
        .changed(
            resource,
            CollectionReport.READY,
            Optional.ofNullable(resource.getStatus())
                .map(CollectionStatus::conditions)
                .orElse(List.of()),
            status.conditions());
    return control(resource, status);
  }

  private static void reconcile(Collection resource, Gateway gateway, CollectionReport report)
      throws GatewayException {
    String name = resource.collectionName();
    Optional<JsonNode> present = gateway.describe(name);
    switch (CollectionPlan.of(resource.getSpec(), owner(resource), pool(resource), present)) {
      case CollectionPlan.Nothing() -> LOG.debug("collection {} is as it should be", name);
      case CollectionPlan.Create(var definition) -> {
        gateway.create(name, definition);
        present = gateway.describe(name);
      }
      case CollectionPlan.Alter(var change) -> {
        gateway.alter(name, change);
        present = gateway.describe(name);
      }
      case CollectionPlan.Refuse(var reason, var message) -> {
        report.refused(reason, message);
        return;
      }
    }
    report.applied(present);
  }

  private static UpdateControl<Collection> control(Collection resource, CollectionStatus status) {
    UpdateControl<Collection> control =
        status.equals(resource.getStatus())
            ? UpdateControl.noUpdate()
            : UpdateControl.patchStatus(fresh(resource, status));
    boolean ready =
        status.condition(CollectionReport.READY).filter(ConditionState::holds).isPresent();
    return ready ? control : control.rescheduleAfter(SOON);
  }

  /** Only what the operator owns of the resource: its status. */
  private static Collection fresh(Collection resource, CollectionStatus status) {
    var fresh = new Collection();
    fresh.getMetadata().setName(resource.getMetadata().getName());
    fresh.getMetadata().setNamespace(resource.getMetadata().getNamespace());
    fresh.setStatus(status);
    return fresh;
  }

  @Override
  public DeleteControl cleanup(Collection resource, Context<Collection> context) {
    boolean retain = resource.getSpec().deletionPolicy() == DeletionPolicy.RETAIN;
    if (retain && resource.ownStorage().isEmpty()) {
      return DeleteControl.defaultDelete();
    }
    String name = resource.collectionName();
    try {
      Optional<Gateway> gateway = gateway(resource, cluster(context), context);
      if (gateway.isPresent()) {
        Optional<JsonNode> present = gateway.get().describe(name);
        if (present.filter(p -> p.path("owner").asText().equals(owner(resource))).isPresent()) {
          if (retain) {
            gateway
                .get()
                .alter(name, JsonNodeFactory.instance.objectNode().put("pool", CaughtUp.SHARED));
            LOG.info("collection {} goes back to the storage nodes of the cluster", name);
          } else {
            gateway.get().drop(name);
            LOG.info("dropped collection {}", name);
          }
        }
      }
      return DeleteControl.defaultDelete();
    } catch (GatewayException e) {
      Instant asked = Instant.parse(resource.getMetadata().getDeletionTimestamp());
      if (clock.instant().isAfter(asked.plus(PATIENCE))) {
        LOG.warn(
            "the resource of collection {} is let go, but the collection is left as it is: {}",
            name,
            e.getMessage());
        return DeleteControl.defaultDelete();
      }
      LOG.info("the resource of collection {} is not let go yet: {}", name, e.getMessage());
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(SOON.toMillis());
    }
  }

  /** The pool of the storage nodes that are to have its shards: of its own it has its name. */
  static String pool(Collection resource) {
    return resource.ownStorage().isPresent() ? resource.getMetadata().getName() : CaughtUp.SHARED;
  }

  /** The resource as the cluster knows it. */
  static String owner(Collection resource) {
    return "kubernetes/%s/%s"
        .formatted(resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }

  /** The cluster, when it is there and stays there. */
  private static Optional<VecraftCluster> cluster(Context<Collection> context) {
    return context
        .getSecondaryResource(VecraftCluster.class)
        .filter(c -> c.getMetadata().getDeletionTimestamp() == null);
  }

  /** The gateways of the cluster, when it is there, stays there, and has gateways and a key. */
  private static Optional<Gateway> gateway(
      Collection resource, Optional<VecraftCluster> cluster, Context<Collection> context)
      throws GatewayException {
    return cluster.isEmpty()
        ? Optional.empty()
        : Gateways.of(context.getClient(), cluster.get(), owner(resource));
  }
}
