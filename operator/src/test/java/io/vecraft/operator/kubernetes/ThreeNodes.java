package io.vecraft.operator.kubernetes;

import com.github.dockerjava.api.DockerClient;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.lifecycle.Startables;

/**
 * A Kubernetes of three nodes, each a container: a server and two agents. Pods of a node that is
 * gone are made elsewhere after some seconds, not minutes as by default; names are resolved at the
 * node that is never lost. The definitions are there.
 */
final class ThreeNodes implements AutoCloseable {
  /** A port that clients outside reach on the first two nodes. */
  static final int NODE_PORT = 30_750;

  private static final List<Integer> API_PORTS = List.of(6443, 6444);

  private final Network network = Network.newNetwork();
  private final K3sContainer server = new K3sContainer(OneNode.K3S);
  private final GenericContainer<?> second = agent("n2");
  private final GenericContainer<?> third = agent("n3");
  private final KubernetesClient client;

  ThreeNodes() throws IOException {
    server
        .withNetwork(network)
        .withNetworkAliases("server")
        .withCreateContainerCmdModifier(c -> c.withHostName("n1"))
        .withCommand(
            "server",
            "--disable=traefik",
            "--tls-san=" + server.getHost(),
            "--tls-san=server",
            "--token=secret",
            "--node-name=n1",
            // On a busy machine a node may not be heard of for a while.
            "--kube-controller-manager-arg=node-monitor-grace-period=40s",
            "--kube-apiserver-arg=default-unreachable-toleration-seconds=30",
            "--kube-apiserver-arg=default-not-ready-toleration-seconds=30");
    server.addExposedPort(NODE_PORT);
    second.addExposedPort(NODE_PORT);
    Images.giveTo(List.of(server, second, third));
    server.start();
    Startables.deepStart(second, third).join();
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
            .build();
    OneNode.await("three nodes", () -> ready("n1") && ready("n2") && ready("n3"));
    OneNode.await("names are resolved at the first node", this::keepDnsAtTheFirst);
    Definitions.apply(client);
  }

  private GenericContainer<?> agent(String name) {
    return new GenericContainer<>(OneNode.K3S)
        .withNetwork(network)
        .withPrivilegedMode(true)
        .withCreateContainerCmdModifier(
            c -> c.withHostName(name).getHostConfig().withCgroupnsMode("host"))
        .withFileSystemBind("/sys/fs/cgroup", "/sys/fs/cgroup")
        .withTmpFs(Map.of("/run", "", "/var/run", ""))
        .withEnv("K3S_URL", "https://server:6443")
        .withEnv("K3S_TOKEN", "secret")
        .withCommand("agent", "--node-name=" + name)
        .waitingFor(
            Wait.forLogMessage(
                ".*(Node controller sync successful|Started kubelet|Successfully registered node).*",
                1))
        .withStartupTimeout(Duration.ofMinutes(5));
  }

  KubernetesClient client() {
    return client;
  }

  /** Where clients outside find what listens on {@link #NODE_PORT}: the first two nodes. */
  List<URI> endpoints() {
    return List.of(server, second).stream()
        .map(node -> URI.create("http://" + node.getHost() + ":" + node.getMappedPort(NODE_PORT)))
        .toList();
  }

  boolean ready(String name) {
    Node node = client.nodes().withName(name).get();
    return node != null
        && node.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  /** There is one Pod for names here, where others have several. */
  private boolean keepDnsAtTheFirst() {
    client
        .apps()
        .deployments()
        .inNamespace("kube-system")
        .withName("coredns")
        .edit(d -> {
          d.getSpec()
              .getTemplate()
              .getSpec()
              .setNodeSelector(Map.of("kubernetes.io/hostname", "n1"));
          return d;
        });
    return true;
  }

  /** Names of the nodes that can be lost, first the one that clients outside do not come to. */
  List<String> agents() {
    return List.of("n3", "n2");
  }

  /** A node is gone, as when its power is cut. */
  void kill(String node) {
    docker().killContainerCmd(container(node).getContainerId()).exec();
  }

  /** A node comes back with its disk. */
  void start(String node) {
    docker().startContainerCmd(container(node).getContainerId()).exec();
  }

  private GenericContainer<?> container(String agent) {
    return agent.equals("n2") ? second : third;
  }

  private static DockerClient docker() {
    return org.testcontainers.DockerClientFactory.instance().client();
  }

  /** Nobody reaches the API server any more, or everybody again. */
  void cutApiServer(boolean cut) throws IOException, InterruptedException {
    for (int port : API_PORTS) {
      exec(
          server,
          "iptables",
          cut ? "-I" : "-D",
          "INPUT",
          "-p",
          "tcp",
          "--dport",
          Integer.toString(port),
          "-j",
          "DROP");
    }
  }

  /** Whether the API server answers at its own node. */
  boolean apiServerAnswers() throws InterruptedException {
    try {
      kubectl("get", "--raw", "/readyz", "--request-timeout=3s");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** An image of all nodes gets another name. */
  void tagImage(String image, String as) throws IOException, InterruptedException {
    for (GenericContainer<?> node : List.of(server, second, third)) {
      exec(node, "ctr", "images", "tag", "docker.io/library/" + image, "docker.io/library/" + as);
    }
  }

  /** What kubectl says. */
  String kubectl(String... arguments) throws IOException, InterruptedException {
    var command = new java.util.ArrayList<>(List.of("kubectl"));
    command.addAll(List.of(arguments));
    return exec(server, command.toArray(String[]::new));
  }

  private static String exec(GenericContainer<?> node, String... command)
      throws IOException, InterruptedException {
    Container.ExecResult result = node.execInContainer(command);
    if (result.getExitCode() != 0) {
      throw new IOException(String.join(" ", command) + ": " + result.getStderr());
    }
    return result.getStdout();
  }

  @Override
  public void close() {
    client.close();
    third.stop();
    second.stop();
    server.stop();
    network.close();
  }
}
