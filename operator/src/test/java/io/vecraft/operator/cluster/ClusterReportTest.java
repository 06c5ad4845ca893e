package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.crd.cluster.ClusterStatus;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.operator.cluster.ClusterReport.Observed;
import io.vecraft.operator.cluster.ClusterReport.Step;
import io.vecraft.operator.control.HostState;
import io.vecraft.operator.roll.RollPlan;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterReportTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private final VecraftCluster cluster =
      new KubernetesSerialization()
          .unmarshal(
              """
              apiVersion: vecraft.io/v1alpha1
              kind: VecraftCluster
              metadata: {name: main, namespace: data, uid: u1, generation: 7}
              spec: {image: "vecraft:1"}
              """,
              VecraftCluster.class);
  private final ClusterNames names = ClusterNames.of(cluster, "cluster.local");
  private final Map<String, StatefulSet> sets = new HashMap<>();
  private final Map<String, Deployment> deployments = new HashMap<>();
  private RollPlan.Decision roll = new RollPlan.Settled();
  private Optional<String> partitions = Optional.empty();
  private Optional<String> leaving = Optional.empty();
  private List<Part> journals = List.of(Component.JOURNAL);
  private Optional<HostState> control = Optional.empty();

  ClusterReportTest() {
    put(set("main-etcd", 3));
    put(set("main-journal", 3));
    put(set("main-storage", 2));
    put(deployment("main-query", 2));
    put(deployment("main-gateway", 2));
    put(deployment("main-control", 1));
  }

  private void put(StatefulSet set) {
    sets.put(set.getMetadata().getName(), set);
  }

  private void put(Deployment deployment) {
    deployments.put(deployment.getMetadata().getName(), deployment);
  }

  private static StatefulSet set(String name, int replicas) {
    return new StatefulSetBuilder()
        .withNewMetadata()
        .withName(name)
        .withGeneration(2L)
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .endSpec()
        .withNewStatus()
        .withObservedGeneration(2L)
        .withReplicas(replicas)
        .withReadyReplicas(replicas)
        .withUpdatedReplicas(replicas)
        .withUpdateRevision("r1")
        .endStatus()
        .build();
  }

  private static Deployment deployment(String name, int replicas) {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withName(name)
        .withGeneration(2L)
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .endSpec()
        .withNewStatus()
        .withObservedGeneration(2L)
        .withReplicas(replicas)
        .withReadyReplicas(replicas)
        .withUpdatedReplicas(replicas)
        .endStatus()
        .build();
  }

  private List<Part> storages = List.of(Component.STORAGE);

  private ClusterStatus status(Instant now, Map<Step, String> problems) {
    return ClusterReport.of(
        cluster,
        names,
        new Observed(
            sets,
            deployments,
            roll,
            partitions,
            leaving,
            journals,
            Optional.empty(),
            storages,
            control,
            problems),
        Clock.fixed(now, ZoneOffset.UTC));
  }

  private ConditionState ready() {
    return status(NOW, Map.of()).condition("Ready").orElseThrow();
  }

  @Test
  void aClusterIsReadyWhenAllOfItIs() {
    assertThat(ready().holds()).isTrue();
    ClusterStatus status = status(NOW, Map.of());
    assertThat(status.observedGeneration()).isEqualTo(7);
    assertThat(status.conditions()).allMatch(c -> c.observedGeneration() == 7);
    assertThat(status.endpoint()).isEqualTo("http://main-gateway.data.svc.cluster.local:8750");
  }

  @Test
  void theStorageNodesOfACollectionAreAPartOfStorage() {
    storages = List.of(Component.STORAGE, new Pool("docs"));
    assertThat(ready().message()).isEqualTo("main-storage-docs is not there yet");
    put(set("main-storage-docs", 1));
    assertThat(ready().holds()).isTrue();
    assertThat(status(NOW, Map.of()).condition("StorageReady").orElseThrow().message())
        .matches("main-storage has (\\d) of \\1 ready; main-storage-docs has 1 of 1 ready");
  }

  @Test
  void theJournalNodesOfAPartitionAreAPartOfTheJournal() {
    journals = List.of(Component.JOURNAL, new JournalPool(3));
    assertThat(ready().message()).isEqualTo("main-journal-p3 is not there yet");
    put(set("main-journal-p3", 3));
    assertThat(ready().holds()).isTrue();
    journals = List.of(Component.JOURNAL);
    leaving = Optional.of("partition 3 is on its way from main-journal-p3");
    assertThat(ready().reason()).isEqualTo("Emptying");
    assertThat(ready().message()).isEqualTo("partition 3 is on its way from main-journal-p3");
  }

  @Test
  void anAreaIsNotReadyOnOldNews() {
    StatefulSet journal = set("main-journal", 3);
    journal.getMetadata().setGeneration(3L);
    put(journal);
    assertThat(ready().holds()).isFalse();
    assertThat(ready().reason()).isEqualTo("Changing");
  }

  @Test
  void anAreaIsNotReadyWhileNothingIsKnownOfIt() {
    StatefulSet journal = set("main-journal", 3);
    journal.getStatus().setReadyReplicas(null);
    journal.getStatus().setReplicas(null);
    put(journal);
    assertThat(ready().reason()).isEqualTo("NotReady");
    sets.remove("main-journal");
    assertThat(ready().reason()).isEqualTo("Starting");
  }

  @Test
  void anAreaIsNotReadyWithPodsOfAnOldRevision() {
    StatefulSet storage = set("main-storage", 2);
    storage.getStatus().setUpdatedReplicas(1);
    put(storage);
    assertThat(ready().reason()).isEqualTo("Rolling");
  }

  @Test
  void aClosedGateIsToldByName() {
    roll = new RollPlan.Wait("storage_has_caught_up", "shard 0 of docs is behind");
    assertThat(ready().holds()).isFalse();
    assertThat(ready().message()).isEqualTo("storage_has_caught_up: shard 0 of docs is behind");
  }

  @Test
  void partitionsThatAreMissingAreToldOnceTheJournalRuns() {
    partitions = Optional.of("1 of 2 data partitions are open");
    assertThat(ready().reason()).isEqualTo("AddingPartitions");
    assertThat(ready().message()).isEqualTo("1 of 2 data partitions are open");
    StatefulSet journal = set("main-journal", 3);
    journal.getStatus().setReadyReplicas(2);
    put(journal);
    assertThat(ready().reason()).isEqualTo("NotReady");
  }

  @Test
  void controlThatRunsInTheOperatorIsToldInThePlaceOfItsDeployment() {
    deployments.remove("main-control");
    assertThat(ready().message()).isEqualTo("main-control is not there yet");
    control = Optional.of(HostState.STARTING);
    assertThat(ready().message()).isEqualTo(HostState.STARTING.message());
    control = Optional.of(new HostState(true, "Leads", "the operator controls the cluster"));
    assertThat(ready().holds()).isTrue();
    assertThat(status(NOW, Map.of()).condition("ControlReady").orElseThrow().reason())
        .isEqualTo("Leads");
    ClusterStatus failed = status(NOW, Map.of(Step.CONTROL, "Secret etcd-user is not there"));
    assertThat(failed.condition("ControlReady").orElseThrow().message())
        .isEqualTo("Secret etcd-user is not there");
  }

  @Test
  void aFailedStepIsToldAndTheAreasAreToldAllTheSame() {
    ClusterStatus status = status(NOW, Map.of(Step.SECRETS, "Secret my-key is not there"));
    assertThat(status.condition("Ready").orElseThrow().message())
        .isEqualTo("Secret my-key is not there");
    assertThat(status.condition("CertificatesReady").orElseThrow().holds()).isFalse();
    assertThat(status.condition("JournalReady").orElseThrow().holds()).isTrue();
  }

  @Test
  void aConditionKeepsTheTimeOfItsLastTransition() {
    cluster.setStatus(status(NOW, Map.of()));
    assertThat(status(NOW.plusSeconds(600), Map.of())).isEqualTo(cluster.getStatus());
    sets.remove("main-etcd");
    ClusterStatus later = status(NOW.plusSeconds(600), Map.of());
    assertThat(later.condition("EtcdReady").orElseThrow().lastTransitionTime())
        .isEqualTo("2026-11-25T12:10:00Z");
    assertThat(later.condition("JournalReady").orElseThrow().lastTransitionTime())
        .isEqualTo("2026-11-25T12:00:00Z");
  }
}
