package io.vecraft.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The definitions of the resources, as the chart has them. */
final class Definitions {
  private Definitions() {}

  /** Applies them, and waits until the API server knows them. */
  static void apply(KubernetesClient client) throws IOException {
    for (Path definition : files()) {
      List<HasMetadata> made = client.load(Files.newInputStream(definition)).serverSideApply();
      made.forEach(m -> awaitEstablished(client, m.getMetadata().getName()));
    }
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(OneNode.CHARTS.resolve("vecraft-operator/crds"))) {
      return files.sorted().toList();
    }
  }

  private static void awaitEstablished(KubernetesClient client, String name) {
    OneNode.await(
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
}
