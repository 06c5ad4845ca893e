package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import io.vecraft.crd.cluster.ClusterStatus;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.collection.Collection;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.operator.apply.Applier;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.cluster.ClusterReport.Observed;
import io.vecraft.operator.cluster.ClusterReport.Step;
import io.vecraft.operator.control.HostState;
import io.vecraft.operator.control.HostedCluster;
import io.vecraft.operator.control.HostedControls;
import io.vecraft.operator.roll.RollPlan;
import io.vecraft.operator.roll.RollPlan.Decision;
import io.vecraft.operator.status.Events;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a cluster be what its resource says. Each pass looks at everything and at nothing that an
 * earlier pass remembers: observe, plan, apply, report.
 *
 * <ol>
 *   <li>Secrets: what is missing, and certificates and authorities whose time is nearly over.
 *   <li>Volumes: those that should be larger grow ({@link VolumesStep}).
 *   <li>Storage: nodes that are not wanted any more are emptied first ({@link StorageStep}), those
 *       of collections that had nodes of their own go altogether ({@link LeftPool}).
 *   <li>Objects: those that are not as {@link ClusterObjects} wants them are applied.
 *   <li>Monitoring: a ServiceMonitor where Kubernetes knows that kind.
 *   <li>Partitions: as many as wanted, and a resource for each ({@link PartitionsStep}); journal
 *       nodes go that were a partition's own ({@link LeftJournalPool}).
 *   <li>Control: runs here where that is wanted, also of a cluster that is paused ({@link
 *       ControlStep}).
 *   <li>Roll: one Pod of an old revision is replaced, if the gates are open ({@link RollStep}).
 *   <li>Report: {@link ClusterReport}, written when it says something new.
 * </ol>
 *
 * A step that fails does not keep the others from being taken. A pass over an unchanged cluster
 * writes nothing. Everything that is made has the resource as its owner, so that Kubernetes deletes
 * it with the resource.
 */
public final class ClusterReconciler implements Reconciler<VecraftCluster> {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterReconciler.class);
  private static final List<Class<? extends HasMetadata>> MADE =
      List.of(
          StatefulSet.class,
          Deployment.class,
          Service.class,
          Secret.class,
          NetworkPolicy.class,
          PodDisruptionBudget.class,
          JournalPartition.class);

  /** Conditions whose changes are told as Events. */
  private static final List<String> TOLD = List.of(ClusterReport.READY, ClusterReport.PAUSED);

  /** While something is on its way, it is looked at again after this, whether or not told. */
  private static final Duration SOON = Duration.ofSeconds(5);

  /** Nobody tells when the Secret of an authority that is given has changed. */
  private static final Duration GIVEN = Duration.ofMinutes(1);

  private final String domain;
  private final Clock clock;
  private final Monitoring monitoring;
  private final HostedControls controls;
  private final Optional<OperatorPods> pods;

  /** Tells of control that runs here and is in another state now. */
  private final SimpleInboundEventSource<VecraftCluster> controlEvents =
      new SimpleInboundEventSource<>("hosted-control");

  /**
   * For all clusters.
   *
   * @param domain of the Kubernetes cluster's DNS
   * @param controls that run here
   * @param pods of the operator, where they are known
   */
  public ClusterReconciler(
      String domain, Clock clock, HostedControls controls, Optional<OperatorPods> pods) {
    this.domain = domain;
    this.clock = clock;
    this.monitoring = new Monitoring(clock);
    this.controls = controls;
    this.pods = pods;
  }

  @Override
  public List<EventSource<?, VecraftCluster>> prepareEventSources(
      EventSourceContext<VecraftCluster> context) {
    var sources = new ArrayList<EventSource<?, VecraftCluster>>();
    MADE.forEach(type -> sources.add(informer(type, context)));
    sources.add(collections(context));
    sources.add(controlEvents);
    return List.copyOf(sources);
  }

  /** Those of a cluster may want storage nodes of their own. */
  private static EventSource<Collection, VecraftCluster> collections(
      EventSourceContext<VecraftCluster> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(Collection.class, VecraftCluster.class)
            .withSecondaryToPrimaryMapper(
                c -> Set.of(new ResourceID(c.getSpec().cluster(), c.getMetadata().getNamespace())))
            .build(),
        context);
  }

  private static <T extends HasMetadata> EventSource<T, VecraftCluster> informer(
      Class<T> type, EventSourceContext<VecraftCluster> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(type, VecraftCluster.class)
            .withLabelSelector(Labels.SELECTOR)
            .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(VecraftCluster.class))
            .build(),
        context);
  }

  @Override
  public UpdateControl<VecraftCluster> reconcile(
      VecraftCluster resource, Context<VecraftCluster> context) {
    ClusterNames names = ClusterNames.of(resource, domain);
    var events = new Events(context.getClient(), clock);
    var problems = new EnumMap<Step, String>(Step.class);
    Map<String, StatefulSet> sets = byName(context, StatefulSet.class);
    JournalPools pools =
        JournalPools.of(byName(context, JournalPartition.class).values().stream(), sets, names);
    var trust = new AtomicReference<>(trust(Optional.ofNullable(sets.get(etcd(names)))));
    var replacing = new AtomicBoolean();
    attempt(
        Step.SECRETS,
        problems,
        () -> {
          Secret authority = secrets(resource, names, pools, sets, context, events);
          trust.set(AuthorityRotation.mark(authority));
          replacing.set(AuthorityRotation.phase(authority) != AuthorityRotation.Phase.STEADY);
        });
    var storage =
        new StoragePass(
            context.getClient(),
            resource,
            names,
            sets,
            context.getSecondaryResourcesAsStream(Collection.class),
            done -> events.done(resource, "StorageNode", "Storage", done));
    var controlled =
        new ControlStep(
            context.getClient(),
            controls,
            resource,
            names,
            Optional.ofNullable(
                byName(context, Deployment.class).get(names.of(Component.CONTROL))));
    var partitions = new AtomicReference<Optional<String>>(Optional.empty());
    var emptying = new ArrayList<String>();
    if (!resource.getSpec().paused()) {
      Set<String> leaving = new HashSet<>();
      attempt(
          Step.VOLUMES,
          problems,
          () ->
              new VolumesStep(
                      context.getClient(),
                      names,
                      resource.getSpec(),
                      pools.wanted(),
                      storage.wanted(),
                      done -> events.done(resource, "VolumeGrows", "Volumes", done))
                  .run(sets, leaving));
      List<StorageSet.Planned> planned =
          storage.run(leaving, step -> attempt(Step.STORAGE, problems, step));
      attempt(
          Step.OBJECTS,
          problems,
          () ->
              objects(
                  context,
                  leaving,
                  ClusterObjects.of(
                      resource,
                      domain,
                      pools,
                      planned,
                      storage.left(),
                      trust.get(),
                      pods.filter(p -> controlled.hosted()))));
      attempt(Step.MONITORING, problems, () -> monitoring.run(context.getClient(), names));
      attempt(
          Step.PARTITIONS,
          problems,
          () ->
              partitions.set(
                  new PartitionsStep(context.getClient(), names)
                      .run(resource, byName(context, JournalPartition.class))));
      for (JournalPool pool : pools.left()) {
        StatefulSet set = Objects.requireNonNull(sets.get(names.of(pool)));
        attempt(
            Step.PARTITIONS,
            problems,
            () ->
                emptying.add(
                    new LeftJournalPool(context.getClient(), resource, names).run(pool, set)));
      }
    }
    var control = new AtomicReference<Optional<HostState>>(Optional.empty());
    attempt(
        Step.CONTROL,
        problems,
        () -> control.set(controlled.run(byName(context, Secret.class), resources(context))));
    var roll = new AtomicReference<Decision>(new RollPlan.Settled());
    if (!resource.getSpec().paused()) {
      attempt(
          Step.ROLL,
          problems,
          () ->
              roll.set(
                  new RollStep(
                          context.getClient(),
                          resource,
                          names,
                          pools.wanted(),
                          storage.wanted(),
                          events)
                      .run(sets)));
    }
    var observed =
        new Observed(
            sets,
            byName(context, Deployment.class),
            roll.get(),
            partitions.get(),
            emptying.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", emptying)),
            Stream.concat(
                    Stream.<Part>of(Component.JOURNAL),
                    pools.wanted().stream().map(JournalPools.Wanted::part))
                .toList(),
            storage.waiting(),
            storage.wanted().stream().map(StorageSet::part).toList(),
            control.get(),
            problems);
    ClusterStatus status = ClusterReport.of(resource, names, observed, clock);
    List<ConditionState> before =
        Optional.ofNullable(resource.getStatus()).map(ClusterStatus::conditions).orElse(List.of());
    for (String type : TOLD) {
      events.changed(resource, type, before, status.conditions());
    }
    return report(resource, status, replacing.get());
  }

  /** Takes a step; whether it ended well. */
  private static boolean attempt(Step step, Map<Step, String> problems, Runnable action) {
    try {
      action.run();
      return true;
    } catch (RuntimeException e) {
      LOG.warn("{} failed, and is tried again", step, e);
      problems.put(step, Optional.ofNullable(e.getMessage()).orElse(e.toString()));
      return false;
    }
  }

  private Secret secrets(
      VecraftCluster resource,
      ClusterNames names,
      JournalPools pools,
      Map<String, StatefulSet> sets,
      Context<VecraftCluster> context,
      Events events) {
    return new SecretsStep(
            context.getClient(),
            new ClusterSecrets(names, resource.getSpec(), pools.parts(), clock),
            names,
            byName(context, Secret.class),
            trust -> etcdHasRead(trust, Optional.ofNullable(sets.get(etcd(names)))),
            (reason, text) -> events.done(resource, reason, "Secrets", text))
        .run();
  }

  /** Whether all Pods of etcd, where there is one of ours, were made with this mark. */
  private static boolean etcdHasRead(Optional<String> trust, Optional<StatefulSet> etcd) {
    return etcd.map(set -> RollStep.settled(set) && trust(etcd).equals(trust)).orElse(true);
  }

  /** The mark that Pods of etcd are made with now. */
  private static Optional<String> trust(Optional<StatefulSet> etcd) {
    return etcd.map(set -> set.getSpec().getTemplate().getMetadata().getAnnotations())
        .map(all -> all.get(Labels.TRUST));
  }

  private static String etcd(ClusterNames names) {
    return names.of(Component.ETCD);
  }

  private HostedControls.Resources resources(Context<VecraftCluster> context) {
    IndexedResourceCache<VecraftCluster> known = context.getPrimaryCache();
    return new HostedControls.Resources() {
      @Override
      public boolean isThere(HostedCluster cluster) {
        return known
            .get(id(cluster))
            .map(VecraftCluster::getMetadata)
            .filter(m -> m.getUid().equals(cluster.uid()) && m.getDeletionTimestamp() == null)
            .isPresent();
      }

      @Override
      public void changed(HostedCluster cluster) {
        controlEvents.propagateEvent(id(cluster));
      }
    };
  }

  private static ResourceID id(HostedCluster cluster) {
    return new ResourceID(cluster.name(), cluster.namespace());
  }

  private static void objects(
      Context<VecraftCluster> context, Set<String> leaving, List<HasMetadata> wanted) {
    var applier = new Applier(context.getClient());
    Map<Class<?>, Map<String, ? extends HasMetadata>> live =
        MADE.stream().collect(Collectors.toMap(c -> c, c -> byName(context, c)));
    var refused = new ArrayList<RuntimeException>();
    for (HasMetadata desired : wanted) {
      String name = desired.getMetadata().getName();
      if (!(desired instanceof StatefulSet && leaving.contains(name))) {
        var same = live.getOrDefault(desired.getClass(), Map.of());
        try {
          applier.apply(desired, Optional.ofNullable(same.get(name)));
        } catch (KubernetesClientException e) {
          // The others are applied all the same.
          refused.add(e);
        }
      }
    }
    dropBudgets(wanted, context);
    if (!refused.isEmpty()) {
      throw refused.getFirst();
    }
  }

  /**
   * Budgets of components that have one Pod now. Nothing else that is not wanted is deleted here:
   * what holds data goes with its cluster alone.
   */
  private static void dropBudgets(List<HasMetadata> wanted, Context<VecraftCluster> context) {
    Set<String> names =
        wanted.stream()
            .filter(PodDisruptionBudget.class::isInstance)
            .map(b -> b.getMetadata().getName())
            .collect(Collectors.toSet());
    context
        .getSecondaryResourcesAsStream(PodDisruptionBudget.class)
        .filter(b -> !names.contains(b.getMetadata().getName()))
        .forEach(b -> context.getClient().resource(b).delete());
  }

  private static <T extends HasMetadata> Map<String, T> byName(
      Context<VecraftCluster> context, Class<T> type) {
    return context
        .getSecondaryResourcesAsStream(type)
        .collect(
            Collectors.toMap(r -> r.getMetadata().getName(), Function.identity(), (a, b) -> a));
  }

  private static UpdateControl<VecraftCluster> report(
      VecraftCluster resource, ClusterStatus status, boolean underWay) {
    UpdateControl<VecraftCluster> control =
        status.equals(resource.getStatus())
            ? UpdateControl.noUpdate()
            : UpdateControl.patchStatus(fresh(resource, status));
    boolean ready = status.condition(ClusterReport.READY).filter(ConditionState::holds).isPresent();
    if (!ready || underWay) {
      return control.rescheduleAfter(SOON);
    }
    return resource.getSpec().certificates().authority().isPresent()
        ? control.rescheduleAfter(GIVEN)
        : control;
  }

  /** Only what the operator owns of the resource: its status. */
  private static VecraftCluster fresh(VecraftCluster resource, ClusterStatus status) {
    var fresh = new VecraftCluster();
    fresh.getMetadata().setName(resource.getMetadata().getName());
    fresh.getMetadata().setNamespace(resource.getMetadata().getNamespace());
    fresh.setStatus(status);
    return fresh;
  }
}
