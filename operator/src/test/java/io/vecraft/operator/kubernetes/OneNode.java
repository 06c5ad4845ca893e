package io.vecraft.operator.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A Kubernetes of one node that all tests of a run share: started when first asked for, gone with
 * the last test. The definitions are there.
 */
final class OneNode implements ExtensionContext.Store.CloseableResource {
  static final Path CHARTS = Path.of("../charts");
  static final DockerImageName K3S = DockerImageName.parse("rancher/k3s:v1.34.4-k3s1");

  private final K3sContainer container;
  private final KubernetesClient client;

  private OneNode() throws IOException {
    container = new K3sContainer(K3S);
    Images.giveTo(List.of(container));
    container.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(container.getKubeConfigYaml()))
            .build();
    Definitions.apply(client);
  }

  static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(Duration.ofMinutes(8))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(condition);
  }

  KubernetesClient client() {
    return client;
  }

  /** What a command says, in the node. */
  String exec(String... command) throws IOException, InterruptedException {
    var result = container.execInContainer(command);
    return result.getStdout() + result.getStderr();
  }

  @Override
  public void close() {
    client.close();
    container.stop();
  }

  /** Gives it to tests that ask for it. */
  static final class Given implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == OneNode.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(Namespace.create(OneNode.class))
          .getOrComputeIfAbsent(
              OneNode.class,
              key -> {
                try {
                  return new OneNode();
                } catch (IOException e) {
                  throw new IllegalStateException("no Kubernetes", e);
                }
              },
              OneNode.class);
    }
  }
}
