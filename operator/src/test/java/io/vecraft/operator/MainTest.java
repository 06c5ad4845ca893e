package io.vecraft.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.crd.cluster.VecraftCluster;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void aResourceOfANewerDefinitionIsReadAsFarAsItIsKnown() {
    VecraftCluster cluster =
        Main.tolerant()
            .unmarshal(
                """
                apiVersion: vecraft.io/v1alpha1
                kind: VecraftCluster
                metadata: {name: main}
                spec: {image: "vecraft:1", comes: {later: 1}, journal: {replicas: 5, more: 2}}
                """,
                VecraftCluster.class);
    assertThat(cluster.getSpec().journal().replicas()).isEqualTo(5);
    assertThat(cluster.getSpec().storage().replicas()).isEqualTo(2);
  }
}
