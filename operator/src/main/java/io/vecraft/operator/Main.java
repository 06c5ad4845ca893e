package io.vecraft.operator;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.operator.cluster.OperatorPods;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program {@code vecraft-operator}. */
@Command(
    name = "vecraft-operator",
    mixinStandardHelpOptions = true,
    description = "Makes clusters and collections of Vecraft out of their resources in Kubernetes.")
public final class Main implements Callable<Integer> {
  @Option(
      names = "--namespaces",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "${env:VECRAFT_NAMESPACES:-}",
      description = "Namespaces to look after, separated by commas. Default: all.")
  List<String> namespaces = List.of();

  @Option(
      names = "--cluster-domain",
      paramLabel = "DOMAIN",
      defaultValue = "${env:VECRAFT_CLUSTER_DOMAIN:-cluster.local}",
      description = "Domain of the Kubernetes cluster's DNS. Default: cluster.local.")
  String domain = "cluster.local";

  @Option(
      names = "--leader-election-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:VECRAFT_LEADER_ELECTION_NAMESPACE:-}",
      description =
          "Where the lease is that one of several operators holds. Default: no lease, for one"
              + " operator alone.")
  String leaderNamespace = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "${env:HOSTNAME:-vecraft-operator}",
      description =
          "Name of this process, which clusters that it controls know it by. Default: the host's.")
  String name = "vecraft-operator";

  @Option(
      names = "--pod-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:VECRAFT_POD_NAMESPACE:-}",
      description =
          "Namespace of the operator's Pods; with --pod-labels: clusters that it controls let them"
              + " in. Default: it runs in no Pod.")
  String podNamespace = "";

  @Option(
      names = "--pod-labels",
      split = ",",
      paramLabel = "NAME=VALUE",
      defaultValue = "${env:VECRAFT_POD_LABELS:-}",
      description = "Labels that tell the operator's Pods from others, separated by commas.")
  List<String> podLabels = List.of();

  @Option(
      names = "--health-port",
      paramLabel = "PORT",
      defaultValue = "${env:VECRAFT_HEALTH_PORT:-8080}",
      description = "Port of /healthz and /readyz. Default: 8080.")
  int healthPort = 8_080;

  /** Runs until it is asked to end. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  /** As the arguments and the environment say. */
  OperatorSettings settings() {
    var named = new LinkedHashSet<>(namespaces);
    named.removeIf(String::isBlank);
    return new OperatorSettings(
        named,
        domain,
        Optional.of(leaderNamespace).filter(n -> !n.isBlank()),
        name,
        pods(),
        healthPort);
  }

  private Optional<OperatorPods> pods() {
    var labels = new TreeMap<String, String>();
    podLabels.stream()
        .filter(label -> !label.isBlank())
        .map(label -> label.split("=", 2))
        .forEach(parts -> labels.put(parts[0], parts.length > 1 ? parts[1] : ""));
    return podNamespace.isBlank() || labels.isEmpty()
        ? Optional.empty()
        : Optional.of(new OperatorPods(podNamespace, labels));
  }

  /** Definitions may be newer than the operator: what it does not know is none of its business. */
  static KubernetesSerialization tolerant() {
    return new KubernetesSerialization(
        new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false),
        true);
  }

  @Override
  public Integer call() throws InterruptedException {
    var end = new CountDownLatch(1);
    try (KubernetesClient client =
            new KubernetesClientBuilder().withKubernetesSerialization(tolerant()).build();
        VecraftOperator operator = VecraftOperator.start(client, settings())) {
      Thread closing = Thread.ofPlatform().unstarted(operator::close);
      Runtime.getRuntime().addShutdownHook(closing);
      end.await();
    }
    return 0;
  }
}
