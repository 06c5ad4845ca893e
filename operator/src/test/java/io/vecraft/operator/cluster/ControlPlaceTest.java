package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.crd.cluster.ClusterSpec;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ControlPlaceTest {
  private static final Optional<Deployment> NONE = Optional.empty();
  private static final Optional<Deployment> STARTING = Optional.of(new DeploymentBuilder().build());
  private static final Optional<Deployment> RUNS =
      Optional.of(new DeploymentBuilder().withNewStatus().withReadyReplicas(1).endStatus().build());
  private static final ControlPlace HERE = new ControlPlace(true, true);
  private static final ControlPlace NOT_HERE = new ControlPlace(false, false);

  private static ClusterSpec spec(String host, boolean paused) {
    return new KubernetesSerialization()
        .unmarshal(
            "image: v\ncontrol: {host: %s}\npaused: %s".formatted(host, paused), ClusterSpec.class);
  }

  @Test
  void itRunsHereWhereThatIsWanted() {
    assertThat(ControlPlace.of(spec("Operator", false), false, NONE)).isEqualTo(HERE);
    assertThat(ControlPlace.of(spec("Operator", false), false, RUNS)).isEqualTo(HERE);
    assertThat(ControlPlace.of(spec("Deployment", false), false, NONE)).isEqualTo(NOT_HERE);
    assertThat(ControlPlace.of(spec("Deployment", false), false, RUNS)).isEqualTo(NOT_HERE);
  }

  @Test
  void itGoesOnHereUntilTheDeploymentRuns() {
    var onTheWay = new ControlPlace(true, false);
    assertThat(ControlPlace.of(spec("Deployment", false), true, NONE)).isEqualTo(onTheWay);
    assertThat(ControlPlace.of(spec("Deployment", false), true, STARTING)).isEqualTo(onTheWay);
    assertThat(ControlPlace.of(spec("Deployment", false), true, RUNS)).isEqualTo(NOT_HERE);
  }

  @Test
  void aPausedClusterGoesOnBeingControlledByWhatDoesSo() {
    assertThat(ControlPlace.of(spec("Deployment", true), false, RUNS)).isEqualTo(NOT_HERE);
    assertThat(ControlPlace.of(spec("Operator", true), false, RUNS)).isEqualTo(NOT_HERE);
    assertThat(ControlPlace.of(spec("Operator", true), true, NONE)).isEqualTo(HERE);
    assertThat(ControlPlace.of(spec("Deployment", true), true, NONE)).isEqualTo(HERE);
  }

  @Test
  void anOperatorThatStartsAgainTakesAPausedClusterUp() {
    assertThat(ControlPlace.of(spec("Operator", true), false, NONE)).isEqualTo(HERE);
    assertThat(ControlPlace.of(spec("Deployment", true), false, NONE)).isEqualTo(NOT_HERE);
  }
}
