package io.vecraft.operator;

import io.vecraft.operator.cluster.OperatorPods;
import java.util.Optional;
import java.util.Set;

/**
 * How the operator runs.
 *
 * @param namespaces that it looks after; empty: all
 * @param domain of the Kubernetes cluster's DNS
 * @param leaderNamespace where the lease is that one of several operators holds; empty: there is
 *     one operator
 * @param name of this process
 * @param pods what tells the operator's Pods from others, where it runs in Pods: clusters that it
 *     controls let them in
 * @param healthPort where {@code /healthz} and {@code /readyz} are served; 0 picks a free one
 */
public record OperatorSettings(
    Set<String> namespaces,
    String domain,
    Optional<String> leaderNamespace,
    String name,
    Optional<OperatorPods> pods,
    int healthPort) {
  public OperatorSettings {
    namespaces = Set.copyOf(namespaces);
  }
}
