package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.ControlHost;
import java.util.Optional;

/**
 * Where the control of a cluster runs, as a pure function of what is wanted and what there is. When
 * it goes from one place to the other, the one before ends once the other is at work: both may run
 * for a while, of which one is elected.
 *
 * @param hosted whether the operator runs it now
 * @param told whether its state is the one to tell
 */
record ControlPlace(boolean hosted, boolean told) {

  /**
   * Decides.
   *
   * @param running whether the operator runs it already
   * @param deployment of the cluster's own control processes, where there is one
   */
  static ControlPlace of(ClusterSpec spec, boolean running, Optional<Deployment> deployment) {
    boolean wanted = spec.control().host() == ControlHost.OPERATOR;
    if (spec.paused()) {
      // A Deployment goes on while everything stays as it is, and so does what runs here.
      boolean hosted = deployment.isEmpty() && (wanted || running);
      return new ControlPlace(hosted, hosted);
    }
    return wanted
        ? new ControlPlace(true, true)
        : new ControlPlace(running && deployment.filter(ControlPlace::runs).isEmpty(), false);
  }

  /** Whether a Deployment has a Pod that stands for election. */
  private static boolean runs(Deployment deployment) {
    return Optional.ofNullable(deployment.getStatus())
        .map(s -> s.getReadyReplicas())
        .filter(ready -> ready > 0)
        .isPresent();
  }
}
