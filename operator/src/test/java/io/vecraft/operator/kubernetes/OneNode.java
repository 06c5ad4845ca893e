package io.vecraft.operator.kubernetes;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A Kubernetes of one node that all tests of a run share: started when first asked for, gone with
 * the last test. The definitions are there.
 */
final class OneNode implements ExtensionContext.Store.CloseableResource {
  static final Path CHARTS = Path.of("../charts");
  private static final DockerImageName K3S = DockerImageName.parse("rancher/k3s:v1.34.4-k3s1");
  private static final String IMAGES = "/var/lib/rancher/k3s/agent/images/";

  private final K3sContainer container;
  private final KubernetesClient client;

  private OneNode() throws IOException {
    container = new K3sContainer(K3S);
    // Nodes pull nothing: what they run is beside them when they start.
    container.withCopyFileToContainer(MountableFile.forHostPath(image()), IMAGES + "vecraft.tar");
    container.withCopyFileToContainer(
        MountableFile.forHostPath(saved("quay.io/coreos/etcd:v3.6.8")), IMAGES + "etcd.tar");
    container.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(container.getKubeConfigYaml()))
            .build();
    for (Path definition : definitions()) {
      List<HasMetadata> made = client.load(Files.newInputStream(definition)).serverSideApply();
      made.forEach(this::awaitEstablished);
    }
  }

  private void awaitEstablished(HasMetadata definition) {
    String name = definition.getMetadata().getName();
    await(
        "the definition " + name,
        () ->
            client
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(name)
                .get()
                .getStatus()
                .getConditions()
                .stream()
                .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True")));
  }

  static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(condition);
  }

  private static List<Path> definitions() throws IOException {
    try (Stream<Path> files = Files.list(CHARTS.resolve("vecraft-operator/crds"))) {
      return files.sorted().toList();
    }
  }

  private static Path image() {
    Path tar = Path.of(System.getProperty("vecraft.image", "image/target/vecraft-image.tar"));
    if (!Files.exists(tar)) {
      throw new IllegalStateException(tar + " is not there: ./vecraft image makes it");
    }
    return tar;
  }

  /** An image of the engine as an archive; pulled when the engine does not have it. */
  private static Path saved(String image) throws IOException {
    DockerClient docker = DockerClientFactory.instance().client();
    try {
      docker.inspectImageCmd(image).exec();
    } catch (NotFoundException e) {
      try {
        docker.pullImageCmd(image).start().awaitCompletion();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IOException(interrupted);
      }
    }
    Path tar = Files.createTempFile("image", ".tar");
    tar.toFile().deleteOnExit();
    try (InputStream in = docker.saveImageCmd(image).exec()) {
      Files.copy(in, tar, StandardCopyOption.REPLACE_EXISTING);
    }
    return tar;
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
