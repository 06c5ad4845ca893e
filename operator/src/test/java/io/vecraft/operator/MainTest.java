package io.vecraft.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.cluster.OperatorPods;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

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

  @Test
  void itKnowsWhatTellsItsPodsFromOthers() {
    assertThat(settings("--pod-namespace=ops", "--pod-labels=a=1,b=2").pods())
        .contains(OperatorPods.of("ops", Map.of("a", "1", "b", "2")));
    assertThat(settings("--pod-namespace=ops").pods()).isEmpty();
    assertThat(settings("--pod-labels=a=1").pods()).isEmpty();
  }

  private static OperatorSettings settings(String... arguments) {
    var main = new Main();
    new CommandLine(main).parseArgs(arguments);
    return main.settings();
  }
}
