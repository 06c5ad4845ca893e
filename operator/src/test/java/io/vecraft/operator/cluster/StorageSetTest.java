package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.collection.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StorageSetTest {
  private static final KubernetesSerialization YAML = new KubernetesSerialization();
  private final VecraftCluster cluster =
      YAML.unmarshal(
          """
          apiVersion: vecraft.io/v1alpha1
          kind: VecraftCluster
          metadata: {name: main, namespace: data, uid: u1}
          spec: {image: "vecraft:1", storage: {replicas: 3}}
          """,
          VecraftCluster.class);
  private final ClusterNames names = ClusterNames.of(cluster, "cluster.local");

  private static Collection collection(String metadata, String more) {
    return YAML.unmarshal(
        "apiVersion: vecraft.io/v1alpha1\nkind: Collection\nmetadata: {%s}\n".formatted(metadata)
            + "spec: {cluster: main, vector: {dimension: 3}%s}\n".formatted(more),
        Collection.class);
  }

  private StatefulSet set(Part part) {
    return new StatefulSetBuilder()
        .withMetadata(names.metadata(part, names.of(part)).build())
        .build();
  }

  @Test
  void aCollectionThatWantsItHasNodesOfItsOwn() {
    List<StorageSet> sets =
        StorageSet.of(
            cluster,
            Stream.of(
                collection("name: b", ", storage: {replicas: 1}"),
                collection("name: c", ""),
                collection("name: a", ", storage: {}"),
                collection(
                    "name: d, deletionTimestamp: \"2026-01-01T00:00:00Z\"", ", storage: {}")));
    assertThat(sets)
        .extracting(s -> s.part().text())
        .containsExactly("storage", "storage-a", "storage-b");
    assertThat(sets).extracting(s -> s.spec().replicas()).containsExactly(3, 2, 1);
  }

  @Test
  void aPoolThatNobodyWantsAnyMoreIsFoundByItsSet() {
    List<StorageSet> wanted =
        StorageSet.of(cluster, Stream.of(collection("name: a", ", storage: {}")));
    Stream<StatefulSet> there =
        Stream.of(Component.JOURNAL, Component.STORAGE, new Pool("b"), new Pool("a"))
            .map(this::set);
    assertThat(StorageSet.left(there, wanted)).containsExactly(new Pool("b"));
  }
}
