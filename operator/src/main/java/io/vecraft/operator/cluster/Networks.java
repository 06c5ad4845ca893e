package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPortBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.vecraft.crd.cluster.GatewayServiceSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Services, who may connect to whom, and how many Pods may be away at once. */
final class Networks {
  private Networks() {}

  static ServicePort port(String name, int number) {
    return new ServicePortBuilder()
        .withName(name)
        .withPort(number)
        .withNewTargetPort(number)
        .withProtocol("TCP")
        .build();
  }

  /**
   * Names for the Pods of a StatefulSet, from before they are ready: they find each other by them.
   */
  static Service headless(ClusterNames names, Part part, ServicePort... ports) {
    return new ServiceBuilder()
        .withMetadata(names.metadata(part, names.of(part)).build())
        .withNewSpec()
        .withType("ClusterIP")
        .withClusterIP("None")
        .withPublishNotReadyAddresses(true)
        .withSelector(names.selector(part))
        .withPorts(ports)
        .endSpec()
        .build();
  }

  /** One address in front of the ready Pods. */
  static Service service(
      ClusterNames names, Part part, String name, GatewayServiceSpec wanted, ServicePort... ports) {
    var metadata = names.metadata(part, name);
    if (!wanted.annotations().isEmpty()) {
      metadata.withAnnotations(wanted.annotations());
    }
    return new ServiceBuilder()
        .withMetadata(metadata.build())
        .withNewSpec()
        .withType(wanted.type().text())
        .withSelector(names.selector(part))
        .withPorts(ports)
        .endSpec()
        .build();
  }

  /** Connections of these components to these ports. */
  static NetworkPolicyIngressRule from(ClusterNames names, List<Part> parts, int... ports) {
    return new NetworkPolicyIngressRuleBuilder()
        .withFrom(parts.stream().map(c -> peer(names, c)).toList())
        .withPorts(policyPorts(ports))
        .build();
  }

  /** The same with connections of the operator to a port, where it has business there. */
  static NetworkPolicy alsoFrom(Optional<OperatorPods> operator, int port, NetworkPolicy policy) {
    return operator
        .map(pods ->
            new NetworkPolicyBuilder(policy)
                .editSpec()
                .addToIngress(
                    new NetworkPolicyIngressRuleBuilder()
                        .withFrom(peer(pods))
                        .withPorts(policyPorts(port))
                        .build())
                .endSpec()
                .build())
        .orElse(policy);
  }

  private static NetworkPolicyPeer peer(OperatorPods pods) {
    return new NetworkPolicyPeerBuilder()
        .withNewNamespaceSelector()
        .addToMatchLabels("kubernetes.io/metadata.name", pods.namespace())
        .endNamespaceSelector()
        .withNewPodSelector()
        .withMatchLabels(pods.labels())
        .endPodSelector()
        .build();
  }

  /** Connections of anybody to these ports. */
  static NetworkPolicyIngressRule fromAnywhere(int... ports) {
    return new NetworkPolicyIngressRuleBuilder().withPorts(policyPorts(ports)).build();
  }

  private static NetworkPolicyPeer peer(ClusterNames names, Part part) {
    return new NetworkPolicyPeerBuilder()
        .withNewPodSelector()
        .withMatchLabels(names.selector(part))
        .endPodSelector()
        .build();
  }

  private static List<NetworkPolicyPort> policyPorts(int... ports) {
    return IntStream.of(ports)
        .mapToObj(p -> new NetworkPolicyPortBuilder().withProtocol("TCP").withNewPort(p).build())
        .toList();
  }

  /** Nobody else connects to the Pods of a component. Whom they connect to is left open. */
  static NetworkPolicy policy(ClusterNames names, Part part, NetworkPolicyIngressRule... rules) {
    return new NetworkPolicyBuilder()
        .withMetadata(names.metadata(part, names.of(part)).build())
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(names.selector(part))
        .endPodSelector()
        .withPolicyTypes("Ingress")
        .withIngress(rules)
        .endSpec()
        .build();
  }

  /**
   * How many Pods a drain may take away at once. A component of one Pod has no budget: it would
   * keep its node from ever being drained.
   */
  static Stream<PodDisruptionBudget> budget(ClusterNames names, Part part, int replicas, int away) {
    return replicas < 2
        ? Stream.empty()
        : Stream.of(
            new PodDisruptionBudgetBuilder()
                .withMetadata(names.metadata(part, names.of(part)).build())
                .withNewSpec()
                .withNewMaxUnavailable(away)
                .withNewSelector()
                .withMatchLabels(names.selector(part))
                .endSelector()
                .endSpec()
                .build());
  }
}
