package io.vecraft.operator.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of metrics: those that running processes serve, and those that rules and dashboard use. */
final class ServedMetrics {
  private static final int OPS = 9002;
  private static final int OPERATOR = 8080;
  private static final Pattern USED = Pattern.compile("\\bvecraft_[a-z_]+|\\bprocess_[a-z_]+");

  private ServedMetrics() {}

  /** What the processes of a cluster serve, but for its etcd. */
  static Set<String> served(KubernetesClient client, String namespace)
      throws IOException, InterruptedException {
    var names = new TreeSet<String>();
    for (Pod pod :
        client
            .pods()
            .inNamespace(namespace)
            .withLabel("app.kubernetes.io/name", "vecraft")
            .withLabelNotIn("app.kubernetes.io/component", "etcd")
            .list()
            .getItems()) {
      text(client, pod, OPS)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split("[{ ]", 2)[0])
          .forEach(names::add);
    }
    return names;
  }

  /** What the operator serves that works. */
  static String ofOperator(KubernetesClient client, String namespace)
      throws IOException, InterruptedException {
    Pod pod =
        client
            .pods()
            .inNamespace(namespace)
            .withLabel("app.kubernetes.io/name", "vecraft-operator")
            .list()
            .getItems()
            .getFirst();
    return text(client, pod, OPERATOR);
  }

  private static String text(KubernetesClient client, Pod pod, int port)
      throws IOException, InterruptedException {
    try (LocalPortForward forward = client.pods().resource(pod).portForward(port);
        HttpClient http = HttpClient.newHttpClient()) {
      URI metrics = URI.create("http://127.0.0.1:" + forward.getLocalPort() + "/metrics");
      return http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString()).body();
    }
  }

  /** What a file of the chart asks Prometheus for. */
  static Set<String> used(Path file) throws IOException {
    Matcher matcher = USED.matcher(Files.readString(file));
    return matcher.results().map(r -> r.group()).collect(Collectors.toCollection(TreeSet::new));
  }
}
