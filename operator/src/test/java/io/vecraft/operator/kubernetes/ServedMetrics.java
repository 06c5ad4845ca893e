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
      String name = pod.getMetadata().getName();
      try (LocalPortForward forward =
              client.pods().inNamespace(namespace).withName(name).portForward(OPS);
          HttpClient http = HttpClient.newHttpClient()) {
        URI metrics = URI.create("http://127.0.0.1:" + forward.getLocalPort() + "/metrics");
        String text =
            http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString()).body();
        text.lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(line -> line.split("[{ ]", 2)[0])
            .forEach(names::add);
      }
    }
    return names;
  }

  /** What a file of the chart asks Prometheus for. */
  static Set<String> used(Path file) throws IOException {
    Matcher matcher = USED.matcher(Files.readString(file));
    return matcher.results().map(r -> r.group()).collect(Collectors.toCollection(TreeSet::new));
  }
}
